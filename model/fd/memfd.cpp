// SPDX-License-Identifier: Apache-2.0
#include "model/fd/memfd.hpp"

#include <algorithm>

#include "model/fd/file_type.hpp"
#include "model/fd/memfd_record.hpp"
#include "model/fd/record.hpp"
#include "model/kernel/errno.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/fault_sites.hpp"
#include "model/luo/v2/knobs.hpp"

namespace luosim::fd {

namespace {

using sim::Outcome;

// Folios that one step works through: what a kernel does between two points where it may be
// preempted.
constexpr std::uint64_t kFoliosPerStep = 32'768;

kernel::FileId file_of(const Context& context) {
  return {static_cast<std::uint32_t>(context.frame().values[1])};
}

std::uint32_t memfd_of(const Context& context) {
  return context.kernel.files[file_of(context)].object;
}

// The argument of a memfd handler is the symbol of its compatible string.
std::string_view handler_name(const Context& context) {
  return context.names.text({static_cast<std::uint32_t>(context.frame().values[0])});
}

std::string_view name_of(const Context& context, kernel::FileId file) {
  return file == kernel::kNoFile
             ? std::string_view()
             : std::string_view(context.names.text(context.kernel.files[file].name));
}

// The pieces of a memfd are neighbours; [first, last) of them.
std::pair<std::size_t, std::size_t> pieces_of(const State& fd, std::uint32_t memfd) {
  const auto before = [](const MemfdPiece& piece, std::uint32_t value) {
    return piece.memfd < value;
  };
  const auto first = std::lower_bound(fd.pieces.begin(), fd.pieces.end(), memfd, before);
  const auto last = std::lower_bound(first, fd.pieces.end(), memfd + 1, before);
  return {static_cast<std::size_t>(first - fd.pieces.begin()),
          static_cast<std::size_t>(last - fd.pieces.begin())};
}

void add_piece(State& fd, const MemfdPiece& piece) {
  const auto place = std::upper_bound(fd.pieces.begin(), fd.pieces.end(), piece,
                                      [](const MemfdPiece& left, const MemfdPiece& right) {
                                        return left.memfd != right.memfd ? left.memfd < right.memfd
                                                                         : left.index < right.index;
                                      });
  fd.pieces.insert(place, piece);
}

bool populate(Context& context, std::uint32_t memfd, std::uint64_t index, std::uint64_t pages) {
  const std::uint64_t folio = 1ULL << context.fd.memfds[memfd].order;
  std::uint64_t done = 0;
  // In as few pieces as there is room for: halves, where all of it does not fit.
  std::uint64_t piece = pages;
  while (done < pages) {
    piece = std::min(piece, pages - done);
    const auto range = kernel::allocate_user_pages(context, piece, folio, kMemfdOwner, memfd);
    if (range) {
      add_piece(context.fd,
                {.memfd = memfd, .index = index + done, .first = range->first, .pages = piece});
      done += piece;
    } else if (piece / 2 < folio) {
      return false;
    } else {
      piece = piece / 2 / folio * folio;
    }
  }
  return true;
}

// Gives memory to what has none in [begin, end); pieces and holes are whole folios.
bool fill_holes_between(Context& context, std::uint32_t memfd, std::uint64_t begin,
                        std::uint64_t end) {
  std::uint64_t reached = begin;
  while (reached < end) {
    const auto [first, last] = pieces_of(context.fd, memfd);
    std::uint64_t hole_end = end;
    bool covered = false;
    for (std::size_t piece = first; piece < last; ++piece) {
      const MemfdPiece& existing = context.fd.pieces[piece];
      if (existing.index <= reached && reached < existing.index + existing.pages) {
        reached = existing.index + existing.pages;
        covered = true;
      } else if (existing.index > reached) {
        hole_end = std::min(hole_end, existing.index);
      }
    }
    if (covered) continue;
    if (!populate(context, memfd, reached, hole_end - reached)) return false;
    reached = hole_end;
  }
  return true;
}

Outcome accept_shmem(Context& context) {
  const kernel::FileId file = file_of(context);
  const bool refuses =
      context.fault(luo::kFileCanPreserveSite, name_of(context, file), handler_name(context))
          .has_value();
  const bool is_memfd =
      context.kernel.files[file].type == static_cast<std::uint32_t>(FileType::memfd);
  return sim::finish(is_memfd && !refuses ? 1 : 0);
}

Outcome freeze_mapping(Context& context) {
  const auto fault = context.fault(luo::kFilePrepareSite, name_of(context, file_of(context)),
                                   handler_name(context));
  if (fault) return sim::finish(*fault);
  context.fd.memfds[memfd_of(context)].is_frozen = 1;
  return sim::done();
}

Outcome fill_holes(Context& context) {
  const std::uint32_t memfd = memfd_of(context);
  if (context.fault(kernel::kAllocationSite, kMemfdOwner.name)) return sim::fail(-kernel::kENOMEM);
  return fill_holes_between(context, memfd, 0, context.fd.memfds[memfd].pages)
             ? sim::done()
             : sim::fail(-kernel::kENOMEM);
}

// frame.local[0] is the piece, counted within the file; frame.local[1] its folios done so far.
Outcome preserve_next_folios(Context& context) {
  const std::uint32_t memfd = memfd_of(context);
  const auto [first, last] = pieces_of(context.fd, memfd);
  sim::Frame& frame = context.frame();
  const std::size_t index = first + frame.local[0];
  if (index == last) return sim::end();
  const MemfdPiece& piece = context.fd.pieces[index];
  const std::uint32_t order = context.fd.memfds[memfd].order;
  const std::uint64_t folios = (piece.pages >> order) - frame.local[1];
  const std::uint64_t now = std::min(folios, kFoliosPerStep);
  const std::int64_t error =
      kho::preserve_folios(context, piece.first + (frame.local[1] << order), order, now);
  if (error != 0) return sim::fail(error);
  if (now == folios) {
    ++frame.local[0];
    frame.local[1] = 0;
  } else {
    frame.local[1] += now;
  }
  return sim::again(
      context.timing.of_each(kernel::Cost::memfd_prepare_folio, now) +
      context.timing.of_thousands(kernel::Cost::memfd_prepare_thousand_pages, now << order));
}

Outcome write_record(Context& context) {
  const std::uint32_t memfd = memfd_of(context);
  const Memfd& file = context.fd.memfds[memfd];
  const auto [first, last] = pieces_of(context.fd, memfd);
  const std::span<const MemfdPiece> pieces(context.fd.pieces.data() + first, last - first);
  const auto pages = kernel::allocate_pages(context, record_pages(file, pieces.size()), 1,
                                            kMemfdRecordOwner, memfd);
  if (!pages) return sim::fail(-kernel::kENOMEM);
  const memory::PhysicalAddress address = memory::address_of(pages->first);
  const std::int64_t error =
      kho::preserve_range(context, address, pages->count * memory::kPageBytes);
  if (error != 0) {
    kernel::free_pages(context, *pages);
    return sim::fail(error);
  }
  store_record(context.memory.bytes(), address, {.file = file, .record_pages = pages->count},
               pieces);
  context.frame().word = address.value;
  context.record(
      {.kind = ParticipantRecord::memfd_saved,
       .object = context.kernel.files[file_of(context)].name,
       .values = {file.pages, file.pages >> file.order, pages->count * memory::kPageBytes, 0}});
  return sim::done();
}

void unpreserve_pieces(Context& context, std::uint32_t memfd, std::uint64_t whole_pieces,
                       std::uint64_t folios_of_next) {
  const auto [first, last] = pieces_of(context.fd, memfd);
  const std::uint32_t order = context.fd.memfds[memfd].order;
  for (std::size_t index = first; index < last; ++index) {
    const MemfdPiece& piece = context.fd.pieces[index];
    const bool is_whole = index - first < whole_pieces;
    if (!is_whole && index - first > whole_pieces) break;
    const std::uint64_t folios = is_whole ? piece.pages >> order : folios_of_next;
    if (folios > 0) kho::unpreserve_folios(context, piece.first, order, folios);
  }
}

Outcome unpreserve_what_was_done(Context& context) {
  const sim::Frame& frame = context.frame();
  unpreserve_pieces(context, memfd_of(context), frame.local[0], frame.local[1]);
  return sim::done();
}

Outcome thaw_mapping(Context& context) {
  context.fd.memfds[memfd_of(context)].is_frozen = 0;
  return sim::done();
}

// The file position is read once more; this model's files are not read sequentially.
Outcome refresh_record(Context& context) {
  const auto fault = context.fault(luo::kFileFreezeSite, name_of(context, file_of(context)),
                                   handler_name(context));
  return sim::finish(fault.value_or(0), context.timing.of(kernel::Cost::callback));
}

Outcome unpreserve_folios(Context& context) {
  const std::uint32_t memfd = memfd_of(context);
  const auto [first, last] = pieces_of(context.fd, memfd);
  unpreserve_pieces(context, memfd, last - first, 0);
  return sim::done();
}

Outcome free_record(Context& context) {
  const memory::PhysicalAddress address{context.frame().word};
  if (address.value == 0) return sim::done();
  const auto record = load_record(context.memory.bytes(), address, context.memory.pages());
  if (!record) return sim::done();
  kho::unpreserve_range(context, address, record->record_pages * memory::kPageBytes);
  kernel::free_pages(context, {memory::page_of(address), record->record_pages});
  return sim::done();
}

// Whether all of a range was handed over and is not taken yet.
bool is_unclaimed(const memory::PhysicalMemory& memory, memory::PageRange range) {
  if (range.first.value >= memory.pages() || range.count > memory.pages() - range.first.value)
    return false;
  for (memory::Pfn page = range.first; page < range.past_the_end();) {
    const memory::Extent& extent = memory.at(page);
    if (extent.owner != kho::kIncomingOwner.tag()) return false;
    page = extent.range().past_the_end();
  }
  return true;
}

// The record that the word points at, if the word, the record and its room are what they should be.
std::optional<MemfdRecord> handed_over_record(const Context& context) {
  const memory::PhysicalAddress address{context.frame().word};
  const memory::Pfn page = memory::page_of(address);
  if (!is_unclaimed(context.memory, {page, 1})) return std::nullopt;
  auto record = load_record(context.memory.bytes(), address, context.memory.pages());
  if (!record || !is_unclaimed(context.memory, {page, record->record_pages})) return std::nullopt;
  return record;
}

Outcome make_the_file(Context& context) {
  const auto fault = context.fault(luo::kFileRetrieveSite, handler_name(context));
  if (fault) return sim::finish(*fault);
  const auto record = handed_over_record(context);
  if (!record) return sim::finish(-kernel::kEINVAL);
  context.frame().local[0] = context.fd.memfds.size();
  context.fd.memfds.push_back(record->file);
  return sim::done();
}

// frame.local[0] is the new memfd, frame.local[1] the run of the record that comes next. A run that
// was not handed over as a whole, or not any more, is -EIO.
Outcome take_next_folios(Context& context) {
  sim::Frame& frame = context.frame();
  const auto record = handed_over_record(context);
  if (!record) return sim::fail(-kernel::kEIO);
  if (frame.local[1] == record->runs.size()) return sim::end();
  const RecordedRun& run = record->runs[frame.local[1]];
  const memory::PageRange range{{run.pfn}, run.pages};
  if (!is_unclaimed(context.memory, range)) return sim::fail(-kernel::kEIO);
  const auto memfd = static_cast<std::uint32_t>(frame.local[0]);
  context.memory.give(range, kMemfdOwner.tag(), memfd);
  add_piece(context.fd,
            {.memfd = memfd, .index = run.index, .first = range.first, .pages = range.count});
  ++frame.local[1];
  const std::uint64_t folios = range.count >> record->file.order;
  return sim::again(
      context.timing.of_each(kernel::Cost::memfd_restore_folio, folios) +
      context.timing.of_thousands(kernel::Cost::memfd_restore_thousand_pages, range.count));
}

Outcome open_the_file(Context& context) {
  const auto memfd = static_cast<std::uint32_t>(context.frame().local[0]);
  const Memfd& file = context.fd.memfds[memfd];
  const kernel::FileId id =
      context.kernel.files.open({}, static_cast<std::uint32_t>(FileType::memfd), memfd);
  context.record({.kind = ParticipantRecord::memfd_restored,
                  .values = {file.pages, file.pages >> file.order, 0, 0}});
  context.frame().word = id.index;
  return sim::finish(0);
}

// Freed, or left as it was handed over, for who tries again.
template <bool is_freed>
Outcome give_back_what_was_taken(Context& context) {
  const auto memfd = static_cast<std::uint32_t>(context.frame().local[0]);
  const auto [first, last] = pieces_of(context.fd, memfd);
  for (std::size_t index = first; index < last; ++index) {
    const memory::PageRange range{context.fd.pieces[index].first, context.fd.pieces[index].pages};
    if (is_freed) {
      kernel::free_pages(context, range);
    } else {
      context.memory.give(range, kho::kIncomingOwner.tag(), context.kernel.generation);
    }
  }
  context.fd.pieces.erase(context.fd.pieces.begin() + static_cast<std::ptrdiff_t>(first),
                          context.fd.pieces.begin() + static_cast<std::ptrdiff_t>(last));
  return sim::done();
}

// values[2] is 1 if FD_RESTORE was tried. What nobody took back is freed.
Outcome drop_what_is_unclaimed(Context& context) {
  const auto record = handed_over_record(context);
  if (!record) return sim::finish(0);
  std::uint64_t dropped = 0;
  if (context.frame().values[2] == 0) {
    for (const RecordedRun& run : record->runs) {
      const memory::PageRange range{{run.pfn}, run.pages};
      if (!is_unclaimed(context.memory, range)) continue;
      kernel::free_pages(context, range);
      dropped += range.count;
    }
  }
  kernel::free_pages(context, {memory::page_of({context.frame().word}), record->record_pages});
  if (dropped > 0) {
    context.record({.kind = ParticipantRecord::memfd_dropped, .values = {dropped, 0, 0, 0}});
  }
  return sim::finish(0, context.timing.of(kernel::Cost::callback));
}

constexpr std::string_view kUndo = "unpreserve the folios";

constexpr sim::Step kCanPreserveSteps[] = {
    {"accept shmem files without a name", sim::step<accept_shmem>}};
constexpr sim::Step kPrepareSteps[] = {
    {"freeze the mapping", sim::step<freeze_mapping>},
    {"fill the holes", sim::step<fill_holes>, {.on_failure = "thaw the mapping"}},
    {"preserve the next folios",
     sim::step<preserve_next_folios>,
     {.on_end = "write the record", .on_failure = kUndo}},
    {"write the record", sim::step<write_record>, {.then = sim::kReturn, .on_failure = kUndo}},
    {kUndo, sim::step<unpreserve_what_was_done>},
    {"thaw the mapping", sim::step<thaw_mapping>},
};
constexpr sim::Step kFreezeSteps[] = {{"refresh the record", sim::step<refresh_record>}};
constexpr sim::Step kCancelSteps[] = {
    {kUndo, sim::step<unpreserve_folios>},
    {"free the record", sim::step<free_record>},
    {"thaw the mapping", sim::step<thaw_mapping>},
};
constexpr sim::Step kRetrieveSteps[] = {
    {"make an empty file", sim::step<make_the_file>},
    {"take the next folios over",
     sim::step<take_next_folios>,
     {.on_end = "open it", .on_failure = "give back what was taken"}},
    {"open it", sim::step<open_the_file>},
    {"give back what was taken",
     sim::step<give_back_what_was_taken<true>>,
     {},
     sim::unless(luo::v2::kFailedRetrieveCanBeRetried)},
    {"give back what was taken",
     sim::step<give_back_what_was_taken<false>>,
     {},
     sim::only_if(luo::v2::kFailedRetrieveCanBeRetried)},
};
constexpr sim::Step kFinishSteps[] = {
    {"drop what nobody took back", sim::step<drop_what_is_unclaimed>}};

constexpr sim::Program kCanPreserveProgram{"memfd.can_preserve", "whether the file is a memfd",
                                           kCanPreserveSteps};
constexpr sim::Program kPrepareProgram{
    "memfd.prepare", "preserves all memory of the file and a record of it", kPrepareSteps};
constexpr sim::Program kFreezeProgram{"memfd.freeze", "brings the record up to date", kFreezeSteps};
constexpr sim::Program kCancelProgram{"memfd.cancel", "unpreserves the memory and frees the record",
                                      kCancelSteps};
constexpr sim::Program kRetrieveProgram{
    "memfd.retrieve", "makes a file of the memory that the record names", kRetrieveSteps};
constexpr sim::Program kFinishProgram{
    "memfd.finish", "gives back the record, and the memory if nobody took it", kFinishSteps};

}  // namespace

const luo::ParticipantType kMemfdType{
    .name = "memfd",
    .can_preserve = kCanPreserveProgram.id(),
    .prepare = kPrepareProgram.id(),
    .freeze = kFreezeProgram.id(),
    .cancel = kCancelProgram.id(),
    .finish = kFinishProgram.id(),
    .retrieve = kRetrieveProgram.id(),
};

std::span<const sim::Program* const> memfd_programs() {
  static constexpr const sim::Program* kPrograms[] = {&kCanPreserveProgram, &kPrepareProgram,
                                                      &kFreezeProgram,      &kCancelProgram,
                                                      &kRetrieveProgram,    &kFinishProgram};
  return kPrograms;
}

std::optional<kernel::FileId> create_memfd(Context& context, sim::Symbol name, std::uint64_t bytes,
                                           std::uint64_t folio_bytes, std::uint64_t hole_bytes) {
  const auto memfd = static_cast<std::uint32_t>(context.fd.memfds.size());
  Memfd file{.pages = memory::pages_for(bytes)};
  while ((memory::kPageBytes << file.order) < folio_bytes) ++file.order;
  context.fd.memfds.push_back(file);
  const std::uint64_t populated = file.pages - memory::pages_for(hole_bytes);
  if (populated > 0 && !populate(context, memfd, 0, populated)) return std::nullopt;
  return context.kernel.files.open(name, static_cast<std::uint32_t>(FileType::memfd), memfd);
}

std::uint32_t add_memfd_handler(Context& context, sim::Symbol compatible,
                                luo::CallbackMask callbacks) {
  std::vector<luo::v2::HandlerObject>& objects = context.luo.handler_objects;
  objects.push_back({.compatible = compatible,
                     .type = static_cast<std::uint32_t>(Participant::memfd),
                     .argument = compatible.index,
                     .callbacks = callbacks});
  return static_cast<std::uint32_t>(objects.size() - 1);
}

std::int64_t write_memfd(Context& context, std::uint32_t memfd, std::uint64_t part,
                         std::uint64_t parts, memory::Content content) {
  const Memfd& file = context.fd.memfds[memfd];
  const std::uint64_t folio = 1ULL << file.order;
  const std::uint64_t folios = file.pages / folio;
  const std::uint64_t begin = folios * part / parts * folio;
  const std::uint64_t end =
      std::max(folios * (part + 1) / parts, folios * part / parts + 1) * folio;
  if (begin >= file.pages) return 0;
  const auto [old_first, old_last] = pieces_of(context.fd, memfd);
  std::uint64_t present = 0;
  for (std::size_t index = old_first; index < old_last; ++index) {
    const MemfdPiece& piece = context.fd.pieces[index];
    const std::uint64_t from = std::max(begin, piece.index);
    const std::uint64_t to = std::min(end, piece.index + piece.pages);
    if (from < to) present += to - from;
  }
  if (present < end - begin) {
    if (file.is_frozen != 0) return -kernel::kEPERM;
    if (!fill_holes_between(context, memfd, begin, end)) return -kernel::kENOMEM;
  }
  const auto [first, last] = pieces_of(context.fd, memfd);
  for (std::size_t index = first; index < last; ++index) {
    const MemfdPiece& piece = context.fd.pieces[index];
    const std::uint64_t from = std::max(begin, piece.index);
    const std::uint64_t to = std::min(end, piece.index + piece.pages);
    if (from < to) context.memory.fill({piece.first + (from - piece.index), to - from}, content);
  }
  return 0;
}

sim::Digest128 contents_of(const memory::PhysicalMemory& memory, const State& fd,
                           std::uint32_t memfd) {
  sim::Hasher hasher;
  std::uint64_t run_version = 0;
  std::uint64_t run_pages = 0;
  const auto add_run = [&](std::uint64_t pages, std::uint64_t version) {
    if (version != run_version && run_pages > 0) {
      hasher.add(run_pages);
      hasher.add(run_version);
      run_pages = 0;
    }
    run_version = version;
    run_pages += pages;
  };
  std::uint64_t reached = 0;
  const auto [first, last] = pieces_of(fd, memfd);
  for (std::size_t index = first; index < last; ++index) {
    const MemfdPiece& piece = fd.pieces[index];
    if (piece.index > reached) add_run(piece.index - reached, memory::kZeroes.version);
    const memory::Pfn end = piece.first + piece.pages;
    for (memory::Pfn page = piece.first; page < end;) {
      const memory::Extent& extent = memory.at(page);
      const memory::Pfn stop = std::min(extent.range().past_the_end(), end);
      add_run(stop.value - page.value, extent.content.version);
      page = stop;
    }
    reached = piece.index + piece.pages;
  }
  if (reached < fd.memfds[memfd].pages)
    add_run(fd.memfds[memfd].pages - reached, memory::kZeroes.version);
  hasher.add(run_pages);
  hasher.add(run_version);
  return hasher.finish();
}

}  // namespace luosim::fd
