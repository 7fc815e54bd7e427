// SPDX-License-Identifier: Apache-2.0
#include "app/conformance/answer.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "app/scenario/errno_names.hpp"
#include "model/fd/record.hpp"
#include "model/fd/self_test.hpp"
#include "model/fd/test_participant.hpp"
#include "model/kernel/record.hpp"
#include "model/kho/debugfs.hpp"
#include "model/kho/record.hpp"
#include "model/kho/tracker.hpp"
#include "model/luo/v2/record.hpp"
#include "model/luo/v2/startup.hpp"
#include "model/luo/v2/tree.hpp"
#include "model/world/vocabulary.hpp"

namespace luosim::app {

namespace {

using fd::ParticipantRecord::Note;
using luo::Callback;
using sim::Record;
namespace LuoRecord = luo::v2::LuoRecord;

// Where the recordings print a number although Linux has a name for it: libfdt's errors, which KHO
// passes on raw.
constexpr std::int64_t kNoSpaceInTree = -3;

// Turns records into events one by one; notes wait for the callback they belong to.
class EventWriter {
 public:
  EventWriter(const sim::Names& names, PageNumbers& pages) : names_(names), pages_(pages) {}

  void take(const Record& record);
  std::string text() const { return events_.empty() ? "-" : fmt::format("{}", join()); }

 private:
  std::string join() const {
    std::string all;
    for (const std::string& event : events_) all += (all.empty() ? "" : "; ") + event;
    return all;
  }
  void add(std::string event) { events_.push_back(std::move(event)); }
  void take_note(const Record& record);
  void take_callback(const Record& record);
  void take_fault(const Record& record);
  std::string file_text(const Record& record, std::uint64_t flags) const;

  const sim::Names& names_;
  PageNumbers& pages_;
  std::vector<std::string> events_;
  std::string suffix_;
  std::string self_test_page_;
  std::uint64_t self_test_slot_ = 0;
};

void EventWriter::take_note(const Record& record) {
  const auto value = static_cast<std::int64_t>(record.values[1]);
  switch (static_cast<Note>(record.values[0])) {
    case Note::unpreserved:
      suffix_ += ":unpreserve=" + recorded_status(value);
      break;
    case Note::page_checked:
      suffix_ += fmt::format(":page={}{}", value != 0 ? "ok" : "corrupt",
                             record.values[2] != 0 ? "" : ",unreserved");
      break;
    case Note::preserve_failed:
      suffix_ += ":preserve-failed";
      break;
    case Note::self_test_page:
      self_test_page_ = value != 0 ? "page" : "page(freed)";
      self_test_slot_ = record.values[2];
      break;
  }
}

std::string EventWriter::file_text(const Record& record, std::uint64_t flags) const {
  if ((flags & LuoRecord::kIsHandler) == 0) return "-";
  if ((flags & LuoRecord::kFileGiven) == 0) return "null";
  const std::string& name = names_.text(record.object);
  return (flags & LuoRecord::kFileReleased) != 0 ? name + "(freed)" : name;
}

void EventWriter::take_callback(const Record& record) {
  const auto callback = static_cast<Callback>(record.values[0] & 0xFF);
  const std::uint64_t flags = record.values[0] >> 8;
  const std::string& who = names_.text(record.subject);
  const std::string_view word = luo::word_of(callback);
  const std::string result = recorded_status(static_cast<std::int64_t>(record.values[2]));
  const std::string suffix = std::exchange(suffix_, "");
  if (!self_test_page_.empty()) {
    const std::string page = std::exchange(self_test_page_, "");
    const bool answers = callback == Callback::prepare || callback == Callback::freeze;
    add(fmt::format("st[{}]{}:{}:{}{}->{}", self_test_slot_, who, word,
                    callback == Callback::prepare ? "-:" : "", page, answers ? result : "void"));
    return;
  }
  switch (callback) {
    case Callback::can_preserve:
      return add(fmt::format("{}:{}:{}->{}", who, word, file_text(record, flags), result));
    case Callback::prepare:
    case Callback::freeze:
      return add(fmt::format("{}:{}:{}:{}->{}:{}{}", who, word, file_text(record, flags),
                             pages_.word(record.values[1]), result, pages_.word(record.values[3]),
                             suffix));
    case Callback::cancel:
      return add(fmt::format("{}:{}:{}:{}->void{}", who, word, file_text(record, flags),
                             pages_.word(record.values[1]), suffix));
    case Callback::finish: {
      const bool is_handler = (flags & LuoRecord::kIsHandler) != 0;
      const std::string reclaimed =
          is_handler ? fmt::format(":reclaimed={}", (flags & LuoRecord::kReclaimed) != 0 ? 1 : 0)
                     : "";
      return add(fmt::format("{}:{}:{}:{}{}->void{}", who, word, file_text(record, flags),
                             pages_.word(record.values[1]), reclaimed, suffix));
    }
    case Callback::retrieve:
      return add(fmt::format("{}:{}:-:{}->{}{}", who, word, pages_.word(record.values[1]), result,
                             suffix));
  }
}

void EventWriter::take_fault(const Record& record) {
  const auto site = static_cast<std::uint32_t>(record.values[0]);
  const bool is_allocation = site == kernel::kAllocationSite.id().hash;
  if (!is_allocation && site != kernel::kStoreSite.id().hash) return;
  const auto instance = static_cast<std::uint32_t>(record.values[1]);
  for (const std::string_view function : world::allocating_functions()) {
    if (sim::name_hash(function) == instance)
      add(fmt::format("enomem@{}{}", function, is_allocation ? "" : ":xa"));
  }
}

void EventWriter::take(const Record& record) {
  const auto is = [&](sim::RecordKind kind) { return record.kind == kind; };
  const auto status = [&](std::size_t value) {
    return recorded_status(static_cast<std::int64_t>(record.values[value]));
  };
  const std::string& subject = names_.text(record.subject);
  if (is(LuoRecord::callback)) return take_callback(record);
  if (is(fd::ParticipantRecord::note)) return take_note(record);
  if (is(fd::ParticipantRecord::page_allocated)) return pages_.note(record.values[0]);
  if (is(fd::ParticipantRecord::reentered))
    return add(fmt::format("{}:reenter-unregister->{}", subject, status(0)));
  if (is(sim::EngineRecord::fault_fired)) return take_fault(record);
  if (is(LuoRecord::sysfs_notified)) return add("sysfs_notify");
  if (is(LuoRecord::wait_killed)) return add("killed");
  if (is(LuoRecord::garbage_installed)) return add("ub:fd_install-garbage");
  if (is(kernel::KernelRecord::kexec)) return add("kexec");
  if (is(kho::KhoRecord::revived)) return add("kho-revived");
  if (is(kho::KhoRecord::root_invalid)) return add("kho-fdt-invalid");
  if (is(kho::KhoRecord::client_called) && record.subject != sim::Symbol{}) {
    const bool finalizes = record.values[0] == static_cast<std::uint64_t>(kho::Event::finalize);
    return add(fmt::format("{}:{}->{}", subject, finalizes ? "finalize" : "abort", status(1)));
  }
  if (is(kho::KhoRecord::freed_page_was_preserved)) {
    for (std::uint64_t page = 0; page < record.values[1]; ++page)
      add("note:freed-page-was-preserved");
  }
}

}  // namespace

std::string PageNumbers::word(std::uint64_t value) const {
  const auto number = number_of_.find(value);
  return number == number_of_.end() ? fmt::format("0x{:x}", value)
                                    : fmt::format("pg{}", number->second);
}

std::string recorded_status(std::int64_t status) {
  if (status >= 0 || status == kNoSpaceInTree || status < -133) return fmt::format("{}", status);
  const std::string_view name = errno_name(static_cast<std::int32_t>(-status));
  return name.empty() ? fmt::format("{}", status) : fmt::format("-{}", name);
}

std::string state_text(const world::World& world) {
  return fmt::format("st={} kho={}", word_of(world.kernel.luo.phase),
                     world.kernel.kho.finalized ? 1 : 0);
}

std::string counters_text(const world::World& world) {
  const memory::PhysicalMemory& memory = world.hardware.memory;
  const kho::State& kho = world.kernel.kho;
  const luo::v2::State& luo = world.kernel.luo;
  std::string text = fmt::format(
      "lf={} li={} fdt={}/{} trk={} tr={} ser={} in={} pg={}", luo.outgoing.size(),
      luo.incoming.size(), memory.count_owned(luo::v2::kTreeOwner.tag()) / luo::v2::kTreePages,
      luo.tree.value != 0 ? 1 : 0, kho::preserved_pages(memory, kho.tracker),
      kho::live_allocations(kho.tracker), kho.chunks.size(),
      memory.count_owned(kho::kIncomingOwner.tag()), memory.count_owned(fd::kTestPageOwner.tag()));
  const std::uint64_t self_test = memory.count_owned(fd::kSelfTestPageOwner.tag());
  if (self_test > 0) text += fmt::format(" stp={}", self_test);
  if (world.kernel.core.options.debugfs)
    text += fmt::format(" dfs={}/{}", kho.blobs.size(), kho::stale_blobs(memory, kho));
  return text;
}

std::string references_text(const world::World& world, const sim::Names& names) {
  std::string text;
  const kernel::Files& files = world.kernel.core.files;
  for (std::uint32_t index = 0; index < files.size(); ++index) {
    const kernel::File& file = files[{index}];
    if (file.references == 0) continue;
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", names.text(file.name), file.references);
  }
  return text.empty() ? "-" : text;
}

std::string death_text(const kernel::Death& death) {
  switch (death.ending) {
    case kernel::Ending::running:
      return "";
    case kernel::Ending::panic:
      return fmt::format("PANIC({})", world::panic_reason_named(death.cause));
    case kernel::Ending::oops:
      return "OOPS";
    case kernel::Ending::undefined:
      return fmt::format("UB(freed:{})", world::owner_named(death.cause));
  }
  return "";
}

std::string events_text(const std::vector<Record>& records, const sim::Names& names,
                        PageNumbers& pages) {
  EventWriter writer(names, pages);
  for (const Record& record : records) writer.take(record);
  return writer.text();
}

std::string dump_text(const world::World& world, const PageNumbers& pages) {
  using kho::TreeReader;
  if (world.kernel.luo.tree.value == 0) return "";
  const TreeReader tree = luo::v2::read_tree(world.hardware.memory, world.kernel.luo.tree);
  std::string text;
  const auto add_node = [&](TreeReader::Node node, const std::string& path) {
    for (const auto& [name, value] : tree.properties(node)) {
      if (!text.empty()) text += "; ";
      if (name == luo::v2::kCompatible) {
        const auto* begin = reinterpret_cast<const char*>(value.data());
        text += fmt::format("fdt {}:{}=\"{}\"", path, name,
                            std::string_view(begin, strnlen(begin, value.size())));
      } else {
        std::uint64_t word = 0;
        std::memcpy(&word, value.data(), std::min(value.size(), sizeof(word)));
        text += fmt::format("fdt {}:{}={}", path, name, pages.word(word));
      }
    }
  };
  const auto visit = [&](const auto& self, TreeReader::Node node, const std::string& path) -> void {
    add_node(node, path.empty() ? "/" : path);
    for (const TreeReader::Node child : tree.children(node))
      self(self, child, path + "/" + tree.name(child));
  };
  visit(visit, TreeReader::kRoot, "");
  return text;
}

}  // namespace luosim::app
