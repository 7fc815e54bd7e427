// SPDX-License-Identifier: Apache-2.0
//
// An iommufd through an update (devices.md, D.3). Its page tables are the IOMMU driver's to hand
// over; what is checked here is that every page they lead to is handed over too.
#include "model/driver/knobs.hpp"
#include "model/fd/handler_call.hpp"
#include "model/fd/iommufd.hpp"
#include "model/fd/iommufd_record.hpp"
#include "model/fd/preserved_file.hpp"
#include "model/fd/record_pages.hpp"
#include "model/kernel/errno.hpp"
#include "model/luo/fault_sites.hpp"

namespace luosim::fd {

namespace {

using driver::iommu::kNoDomain;
using sim::Outcome;

Iommufd& iommufd_of_call(Context& context) {
  return context.fd.iommufds[object_of_call(context)];
}

memory::PhysicalAddress word_of_call(const Context& context) {
  return {context.frame().word};
}

// By which the domain of a file is known over the jump: to the IOMMU driver 0 is no token.
std::uint64_t domain_token_of(std::uint64_t token) {
  return token + 1;
}

Outcome accept_iommufd(Context& context) {
  const bool refuses = fault_of_call(context, luo::kFileCanPreserveSite).has_value();
  const bool accepts = is_of_type(context, file_of_call(context), FileType::iommufd);
  return sim::finish(accepts && !refuses ? 1 : 0);
}

// What an earlier update left immutable, since nobody cancelled it, is preserved already.
Outcome make_it_immutable(Context& context) {
  const auto fault = fault_of_call(context, luo::kFilePrepareSite);
  if (fault) return sim::finish(*fault);
  Iommufd& space = iommufd_of_call(context);
  if (space.is_immutable != 0) return sim::finish(-kernel::kEBUSY);
  space.is_immutable = 1;
  return sim::done();
}

// In the order of addresses, with the tokens that the files have now.
std::vector<RecordedMapping> mappings_of_call(const Context& context) {
  std::vector<RecordedMapping> recorded;
  for (const IommufdMapping& mapping : context.fd.iommufd_mappings) {
    if (mapping.iommufd != object_of_call(context)) continue;
    recorded.push_back(
        {token_of(context, mapping.file).value_or(kNoToken), mapping.iova.value, mapping.pages});
  }
  return recorded;
}

// frame.local[0] is the address of the record, frame.local[1] how many pages it has. The real one
// is allocated a step earlier, when something may still be mapped: it does not name what is mapped.
Outcome allocate_the_record(Context& context) {
  const std::uint64_t pages = iommufd_record_pages(mappings_of_call(context).size());
  memory::PhysicalAddress address;
  const std::int64_t error =
      preserve_record(context, pages, kIommufdRecordOwner, object_of_call(context), address);
  if (error != 0) return sim::fail(error);
  context.frame().local[0] = address.value;
  context.frame().local[1] = pages;
  return sim::done();
}

std::int64_t check(const Context& context, const IommufdMapping& mapping) {
  if (mapping.file == kernel::kNoFile) return -kernel::kEINVAL;
  // Of the moment when it was mapped: the pages that are mapped are those of that moment.
  if ((mapping.seals & kAllSizeSeals) != kAllSizeSeals) return -kernel::kEINVAL;
  const bool is_first = token_of(context, mapping.file) && is_prepared(context, mapping.file);
  return is_first ? 0 : -kernel::kENOENT;
}

Outcome check_what_is_mapped(Context& context) {
  if (fault_of_call(context, kSkipsChecksSite)) return sim::done();
  for (const IommufdMapping& mapping : context.fd.iommufd_mappings) {
    if (mapping.iommufd != object_of_call(context)) continue;
    const std::int64_t error = check(context, mapping);
    if (error != 0) return sim::fail(error);
  }
  return sim::done();
}

Outcome preserve_the_domain(Context& context) {
  const auto token = token_of(context, file_of_call(context));
  if (!token) return sim::fail(-kernel::kENOENT);
  const std::int64_t error = driver::iommu::preserve_domain(
      context, iommufd_of_call(context).domain, domain_token_of(*token));
  return error == 0 ? sim::done() : sim::fail(error);
}

Outcome write_the_record(Context& context) {
  sim::Frame& frame = context.frame();
  store_iommufd_record(
      context.memory.bytes(), {frame.local[0]},
      {.domain_token = domain_token_of(token_of(context, file_of_call(context)).value_or(kNoToken)),
       .record_pages = frame.local[1],
       .mappings = mappings_of_call(context)});
  frame.word = frame.local[0];
  return sim::done(context.timing.of(timing::Cost::callback));
}

Outcome drop_the_record(Context& context) {
  const sim::Frame& frame = context.frame();
  drop_record(context, {frame.local[0]}, frame.local[1]);
  return sim::done();
}

Outcome let_it_change_again(Context& context) {
  iommufd_of_call(context).is_immutable = 0;
  return sim::done();
}

Outcome freeze(Context& context) {
  return sim::finish(fault_of_call(context, luo::kFileFreezeSite).value_or(0),
                     context.timing.of(timing::Cost::callback));
}

// Also called for an address space whose prepare failed, or never ran.
Outcome unpreserve_the_domain(Context& context) {
  Iommufd& space = iommufd_of_call(context);
  if (space.is_immutable != 0) driver::iommu::unpreserve_domain(context, space.domain);
  return sim::done();
}

Outcome free_the_record(Context& context) {
  const memory::PhysicalAddress address = word_of_call(context);
  if (!belongs_to(context.memory, address, 1, kIommufdRecordOwner)) return sim::done();
  const auto record = load_iommufd_record(context.memory.bytes(), address, context.memory.pages());
  if (record && belongs_to(context.memory, address, record->record_pages, kIommufdRecordOwner))
    drop_record(context, address, record->record_pages);
  return sim::done();
}

// The record that the word points at, if the word, the record and its room are what they should be.
std::optional<IommufdRecord> handed_over_record(const Context& context) {
  const memory::PhysicalAddress address = word_of_call(context);
  if (!was_handed_over(context.memory, address, 1)) return std::nullopt;
  auto record = load_iommufd_record(context.memory.bytes(), address, context.memory.pages());
  if (!record || !was_handed_over(context.memory, address, record->record_pages))
    return std::nullopt;
  return record;
}

Outcome ask_whether_it_fails(Context& context) {
  const auto fault = fault_of_call(context, luo::kFileRetrieveSite);
  return fault ? sim::finish(*fault) : sim::done();
}

Outcome refuse(Context& /*context*/) {
  return sim::finish(-kernel::kEOPNOTSUPP);
}

Outcome make_the_file(Context& context) {
  const auto record = handed_over_record(context);
  if (!record) return sim::finish(-kernel::kEINVAL);
  const std::uint32_t handed_over =
      driver::iommu::restored_domain(context.drivers.iommu, record->domain_token);
  if (handed_over == kNoDomain) return sim::finish(-kernel::kENOENT);
  const auto file = create_iommufd(context, {}, record->domain_token);
  if (!file) return sim::finish(-kernel::kENOMEM);
  context.fd.iommufds[context.kernel.files[*file].object].handed_over = handed_over;
  context.frame().word = file->index;
  return sim::finish(0, context.timing.of(timing::Cost::callback));
}

void forget_the_domain(State& fd, std::uint32_t domain) {
  for (Iommufd& space : fd.iommufds)
    if (space.handed_over == domain) space.handed_over = kNoDomain;
}

// RFC v2 cannot refuse a finish: while a device translates by it the domain stays, for good unless
// the file is still open.
Outcome free_the_domain_that_was_handed_over(Context& context) {
  const auto record = handed_over_record(context);
  if (!record) return sim::done();
  const std::uint32_t domain =
      driver::iommu::restored_domain(context.drivers.iommu, record->domain_token);
  if (domain == kNoDomain) return sim::done();
  std::uint32_t& attachments = context.drivers.iommu.domains[domain].attachments;
  if (attachments > 0) {
    if (!fault_of_call(context, kFinishWhileAttachedSite)) return sim::done();
    attachments = 0;  // nobody looked
  }
  if (driver::iommu::free_domain(context, domain) == 0) forget_the_domain(context.fd, domain);
  return sim::done();
}

Outcome free_the_handed_over_record(Context& context) {
  const auto record = handed_over_record(context);
  if (record) {
    kernel::free_pages(context, {memory::page_of(word_of_call(context)), record->record_pages});
  }
  return sim::done(context.timing.of(timing::Cost::callback));
}

constexpr std::string_view kFreeRecord = "free the record";
constexpr std::string_view kMutable = "let it change again";

constexpr sim::Step kCanPreserveSteps[] = {{"accept iommufds", sim::step<accept_iommufd>}};
constexpr sim::Step kPrepareSteps[] = {
    {"make it immutable", sim::step<make_it_immutable>},
    {"allocate a record", sim::step<allocate_the_record>, {.on_failure = kMutable}},
    {"check what is mapped", sim::step<check_what_is_mapped>, {.on_failure = kFreeRecord}},
    {"preserve the domain", sim::step<preserve_the_domain>, {.on_failure = kFreeRecord}},
    {"write the record", sim::step<write_the_record>, {.then = sim::kReturn}},
    {kFreeRecord, sim::step<drop_the_record>},
    {kMutable, sim::step<let_it_change_again>},
};
constexpr sim::Step kFreezeSteps[] = {{"do nothing", sim::step<freeze>}};
constexpr sim::Step kCancelSteps[] = {
    {"unpreserve the domain", sim::step<unpreserve_the_domain>},
    {kFreeRecord, sim::step<free_the_record>},
    {kMutable, sim::step<let_it_change_again>},
};
constexpr sim::Step kRetrieveSteps[] = {
    {"ask whether it fails", sim::step<ask_whether_it_fails>},
    {"refuse", sim::step<refuse>, {}, sim::only_if(driver::kIommu, driver::kIommuPhase1)},
    {"make a file with the domain that was handed over", sim::step<make_the_file>},
};
constexpr sim::Step kFinishSteps[] = {
    {"free the domain that was handed over", sim::step<free_the_domain_that_was_handed_over>},
    {kFreeRecord, sim::step<free_the_handed_over_record>},
};

constexpr sim::Program kCanPreserveProgram{"iommufd.can_preserve", "whether the file is an iommufd",
                                           kCanPreserveSteps};
constexpr sim::Program kPrepareProgram{
    "iommufd.prepare", "preserves the page tables, if all that they lead to is preserved",
    kPrepareSteps};
constexpr sim::Program kFreezeProgram{"iommufd.freeze", "changes nothing", kFreezeSteps};
constexpr sim::Program kCancelProgram{
    "iommufd.cancel", "unpreserves the page tables, which can change again", kCancelSteps};
constexpr sim::Program kRetrieveProgram{
    "iommufd.retrieve", "makes a file of the domain that was handed over", kRetrieveSteps};
constexpr sim::Program kFinishProgram{
    "iommufd.finish", "gives back the record, and the domain unless a device uses it",
    kFinishSteps};

}  // namespace

const luo::ParticipantType kIommufdType{
    .name = "iommufd",
    .can_preserve = kCanPreserveProgram.id(),
    .prepare = kPrepareProgram.id(),
    .freeze = kFreezeProgram.id(),
    .cancel = kCancelProgram.id(),
    .finish = kFinishProgram.id(),
    .retrieve = kRetrieveProgram.id(),
};

std::span<const sim::Program* const> iommufd_programs() {
  static constexpr const sim::Program* kPrograms[] = {&kCanPreserveProgram, &kPrepareProgram,
                                                      &kFreezeProgram,      &kCancelProgram,
                                                      &kRetrieveProgram,    &kFinishProgram};
  return kPrograms;
}

}  // namespace luosim::fd
