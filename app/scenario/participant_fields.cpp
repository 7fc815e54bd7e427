// SPDX-License-Identifier: Apache-2.0
//
// Rows for what takes part in the update inside of a kernel: subsystems, file handlers and other
// clients of KHO. The first two are programmable test participants with the same keys, or real
// ones, which have nothing to program.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "app/scenario/field_store.hpp"
#include "app/scenario/scenario_types.hpp"

namespace luosim::app {
namespace {

using world::HandlerSpec;
using world::KhoClientSpec;
using world::SubsystemSpec;

constexpr std::uint64_t kMostPriority = 1000;
constexpr std::uint64_t kMostSubtrees = 1024;
constexpr std::string_view kFreeze = "freeze";
constexpr std::string_view kTest = "test";

/// Types of files that the kernel really has.
constexpr std::array<std::string_view, 7> kRealTypes{"memfd",       "iommufd", "vfio",   "kvm",
                                                     "guest_memfd", "hugetlb", "eventfd"};
constexpr std::array<std::string_view, 4> kSubsystemTypes{kTest, "pci", "iommu", "hugetlb"};

/// A callback that a participant may lack.
struct Callback {
  std::string_view word;
  bool world::CallbackSet::*member;
};

constexpr std::array kCallbacks{Callback{"prepare", &world::CallbackSet::prepare},
                                Callback{kFreeze, &world::CallbackSet::freeze},
                                Callback{"cancel", &world::CallbackSet::cancel},
                                Callback{"finish", &world::CallbackSet::finish}};
constexpr std::array<std::string_view, kCallbacks.size()> kCallbackWords{
    kCallbacks[0].word, kCallbacks[1].word, kCallbacks[2].word, kCallbacks[3].word};

bool lacks(const world::CallbackSet& callbacks, std::string_view word) {
  for (const Callback& callback : kCallbacks) {
    if (callback.word == word) return !(callbacks.*callback.member);
  }
  return false;
}

template <auto Member>
void store_without(LoadContext& context, const Field& field, Target target, const Node& node) {
  const auto words = read_word_list(context, field, node);
  if (!words) return;
  for (const std::string_view word : *words) {
    for (const Callback& callback : kCallbacks) {
      if (callback.word == word) member_of<Member>(target).*callback.member = false;
    }
  }
}

template <auto Member>
constexpr Field without_field() {
  return with({.key = "without",
               .documentation = "Callbacks that it does not have.",
               .example = "[freeze]",
               .words = kCallbackWords,
               .range = {0, kCallbacks.size()}},
              FieldKind::word_list, store_without<Member>);
}

template <auto Member>
constexpr Field preserves_page_field(std::string_view documentation) {
  return boolean_field<Member>({.key = "preserves_page",
                                .documentation = documentation,
                                .fallback = "false",
                                .example = "true"});
}

template <auto Member>
constexpr Field preserves_in_freeze_field(std::string_view documentation) {
  return boolean_field<Member>({.key = "preserves_in_freeze",
                                .documentation = documentation,
                                .fallback = "false",
                                .example = "true"});
}

template <auto Member>
constexpr Field reenters_field(std::string_view documentation) {
  return word_field<Member>({.key = "reenters",
                             .documentation = documentation,
                             .example = "prepare",
                             .words = kCallbackWords});
}

constexpr std::array kSubsystemFields{
    name_field<&SubsystemSpec::name>({.key = "name",
                                      .required = true,
                                      .documentation = "What it registers as.",
                                      .example = "a",
                                      .names = NameTable::subsystems}),
    word_field<&SubsystemSpec::type>(
        {.key = "type",
         .documentation =
             "test, or the real one that hands PCI devices, the tables of the IOMMU or "
             "the pool of huge pages over.",
         .fallback = "test",
         .example = "pci",
         .words = kSubsystemTypes}),
    without_field<&SubsystemSpec::callbacks>(),
    preserves_page_field<&SubsystemSpec::preserves_page>(
        "Its prepare allocates a page and preserves it."),
    preserves_in_freeze_field<&SubsystemSpec::preserves_in_freeze>(
        "Its freeze allocates one more page and preserves it."),
    reenters_field<&SubsystemSpec::reenters>(
        "The callback from which it calls the registration interface."),
};

constexpr std::array<std::string_view, 1> kAnyType{"*"};

constexpr std::array kHandlerFields{
    name_field<&HandlerSpec::compatible>(
        {.key = "compatible",
         .required = true,
         .documentation = "The string that it writes to the handover tree.",
         .example = "memfd-v1",
         .names = NameTable::handlers}),
    name_field<&HandlerSpec::accepts>(
        {.key = "accepts",
         .required = true,
         .documentation = "The type of files that it takes: memfd, iommufd, vfio, kvm, "
                          "guest_memfd, hugetlb, eventfd, a type of test files, or `*`.",
         .example = "memfd",
         .words = kAnyType}),
    without_field<&HandlerSpec::callbacks>(),
    preserves_page_field<&HandlerSpec::preserves_page>(
        "Its prepare preserves a page of its own; of test handlers only."),
    preserves_in_freeze_field<&HandlerSpec::preserves_in_freeze>(
        "Its freeze preserves one more page; of test handlers only."),
    reenters_field<&HandlerSpec::reenters>(
        "The callback from which it calls the registration interface; of test handlers only."),
};

constexpr std::array kKhoClientFields{
    name_field<&KhoClientSpec::name>({.key = "name",
                                      .required = true,
                                      .documentation = "What messages call it.",
                                      .example = "k",
                                      .names = NameTable::kho_clients}),
    signed_field<&KhoClientSpec::priority>(
        {.key = "priority",
         .documentation = "A higher one is told earlier; LUO has 0 and comes before equals.",
         .fallback = "0",
         .example = "10",
         .range = {0, kMostPriority}}),
    integer_field<&KhoClientSpec::subtrees>(
        {.key = "subtrees",
         .documentation = "How many subtrees it adds when KHO is finalized.",
         .fallback = "0",
         .example = "109",
         .range = {0, kMostSubtrees}}),
};

/// What a participant is said to do in a callback that it is said to lack.
template <class Spec>
void check_callbacks(LoadContext& context, const Spec& spec, const Node& node) {
  const auto report_lack = [&](std::string_view key, std::string_view callback) {
    context.report(place_under(node, key),
                   fmt::format("'{}' needs the {} that 'without' takes away", key, callback));
  };
  if (lacks(spec.callbacks, spec.reenters)) report_lack("reenters", spec.reenters);
  if (spec.preserves_in_freeze && lacks(spec.callbacks, kFreeze)) {
    report_lack("preserves_in_freeze", kFreeze);
  }
}

/// A real participant has nothing to program.
template <class Spec>
void refuse_programs(LoadContext& context, const Spec& spec, const Node& node,
                     const std::string& who) {
  const auto refuse = [&](bool is_set, std::string_view key, std::string_view message) {
    if (is_set) context.report(place_under(node, key), fmt::format("{} {}", who, message));
  };
  constexpr std::string_view kNoPage = "has no page of its own";
  refuse(spec.preserves_page, "preserves_page", kNoPage);
  refuse(spec.preserves_in_freeze, "preserves_in_freeze", kNoPage);
  refuse(!spec.reenters.empty(), "reenters", "never calls the registration interface");
}

void check_subsystem(LoadContext& context, Target target, const Node& node) {
  const SubsystemSpec& subsystem = *std::get<SubsystemSpec*>(target);
  if (subsystem.type == kTest) {
    check_callbacks(context, subsystem, node);
  } else {
    refuse_programs(context, subsystem, node, "a subsystem of type " + subsystem.type);
  }
}

void check_handler(LoadContext& context, Target target, const Node& node) {
  const HandlerSpec& handler = *std::get<HandlerSpec*>(target);
  const bool is_real =
      std::find(kRealTypes.begin(), kRealTypes.end(), handler.accepts) != kRealTypes.end();
  if (is_real) {
    refuse_programs(context, handler, node, "a handler that accepts " + handler.accepts);
  } else {
    check_callbacks(context, handler, node);
  }
}

constexpr std::array<std::string_view, 1> kNameKey{"name"};
constexpr std::array<std::string_view, 2> kHandlerKeys{"compatible", "accepts"};

}  // namespace

constexpr MappingType kSubsystemType{
    .name = "subsystem",
    .documentation = "A part of the kernel that hands one 64-bit word to its successor.",
    .example = "{ name: a, without: [freeze] }",
    .fields = kSubsystemFields,
    .bare_word_keys = kNameKey,
    .check = check_subsystem};
constexpr MappingType kHandlerType{.name = "handler",
                                   .documentation = "What carries files of one type over.",
                                   .example = "{ compatible: memfd-v1, accepts: memfd }",
                                   .fields = kHandlerFields,
                                   .bare_word_keys = kHandlerKeys,
                                   .check = check_handler};
constexpr MappingType kKhoClientType{
    .name = "client",
    .documentation = "A part of the kernel that hands subtrees of its own over, beside LUO.",
    .example = "{ name: k, priority: 10, subtrees: 2 }",
    .fields = kKhoClientFields,
    .bare_word_keys = kNameKey};

}  // namespace luosim::app
