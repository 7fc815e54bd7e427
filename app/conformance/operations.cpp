// SPDX-License-Identifier: Apache-2.0
//
// The operations of recorded vectors, one row and one function each; those that make participants
// are in participant_operations.cpp.
#include <algorithm>

#include <fmt/format.h>

#include "app/conformance/driver.hpp"
#include "model/fd/file_type.hpp"
#include "model/fd/self_test.hpp"
#include "model/fd/test_participant.hpp"
#include "model/kho/programs.hpp"
#include "model/luo/fault_sites.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/luo/v2/record.hpp"

namespace luosim::app {

namespace {

constexpr std::uint32_t kProcess = 1;
// Where a vector says "the next call".
constexpr std::uint32_t kNext = 1;

}  // namespace

const ConformanceDriver::Row* ConformanceDriver::row_of(const std::string& word) {
  using Self = ConformanceDriver;
  static constexpr Row kRows[] = {
      {"boot", &Self::boot, 0, "boot [kho=0/1] [liveupdate=V] [debug=0/1] [sysfs=0/1] [kimage=W]"},
      {"reboot", &Self::reboot, 0, "reboot [options of boot] [noimage]"},
      {"cold", &Self::cold, 0, "cold"},
      {"sub", &Self::subsystem, 1, "sub NAME [no=CB,..] [mem] [fmem] [reent=CB] [dup]"},
      {"unsub", &Self::unregister_subsystem, 1, "unsub NAME"},
      {"fh", &Self::handler, 1, "fh NAME [type=T] [flags of sub]"},
      {"unfh", &Self::unregister_handler, 1, "unfh NAME"},
      {"khoclient", &Self::kho_client, 1, "khoclient NAME [prio=P] [subtrees=N]"},
      {"rereg", &Self::register_again, 0, "rereg"},
      {"fail", &Self::fail, 3, "fail NAME CALLBACK ERRNO [NTH]"},
      {"failalloc", &Self::fail_allocation, 1, "failalloc SITE [NTH]"},
      {"kill", &Self::kill, 0, "kill"},
      {"faultcopy", &Self::fault_copy, 1, "faultcopy from|to"},
      {"emfile", &Self::no_descriptor, 0, "emfile"},
      {"open", &Self::open_file, 2, "open TYPE FILE"},
      {"close", &Self::close_file, 1, "close FILE"},
      {"preserve", &Self::preserve, 2, "preserve FILE TOKEN [FLAGS]"},
      {"preserven", &Self::preserve_many, 2, "preserven FILE N"},
      {"unpreserve", &Self::unpreserve, 1, "unpreserve TOKEN"},
      {"restore", &Self::restore, 2, "restore TOKEN FILE"},
      {"state", &Self::state, 0, "state"},
      {"prepare", &Self::event, 0, "prepare"},
      {"freeze", &Self::event, 0, "freeze"},
      {"cancel", &Self::event, 0, "cancel"},
      {"finish", &Self::event, 0, "finish"},
      {"kho_finalize", &Self::kho_call, 0, "kho_finalize"},
      {"kho_abort", &Self::kho_call, 0, "kho_abort"},
      {"dbg_finalize", &Self::debugfs, 1, "dbg_finalize 0|1"},
      {"getdata", &Self::subsystem_data, 1, "getdata NAME"},
      {"sysfs", &Self::sysfs, 0, "sysfs"},
      {"enabled", &Self::enabled, 0, "enabled"},
      {"devopen", &Self::open_device, 0, "devopen [excl] [nocap]"},
      {"ioctl", &Self::raw_ioctl, 1, "ioctl NUMBER"},
      {"prepreserve", &Self::preserve_page, 1, "prepreserve NAME"},
      {"st_register", &Self::self_test, 1, "st_register NAME"},
      {"st_unregister", &Self::self_test, 1, "st_unregister NAME"},
      {"st_getdata", &Self::self_test, 1, "st_getdata NAME"},
      {"dump", &Self::dump, 0, "dump"},
  };
  for (const Row& row : kRows)
    if (row.word == word) return &row;
  return nullptr;
}

void ConformanceDriver::add_fault(const sim::FaultSite& site, const std::string& instance,
                                  std::int32_t value, std::uint32_t nth) {
  world_.faults.replace({.site = site.id(),
                         .instance = instance.empty() ? 0 : sim::name_hash(instance),
                         .skip = nth - 1,
                         .times = 1,
                         .value = value});
}

std::string ConformanceDriver::fail(const Words& words) {
  struct Place {
    std::string_view callback;
    const sim::FaultSite* sites[2];
  };
  static constexpr Place kPlaces[] = {
      {"prepare", {&luo::kSubsystemPrepareSite, &luo::kFilePrepareSite}},
      {"freeze", {&luo::kSubsystemFreezeSite, &luo::kFileFreezeSite}},
      {"retrieve", {&luo::kFileRetrieveSite, nullptr}},
      {"can_preserve", {&luo::kFileCanPreserveSite, nullptr}},
      {"finalize", {&fd::kClientFinalizeSite, nullptr}},
      {"abort", {&fd::kClientAbortSite, nullptr}},
  };
  const auto value = value_of(words[3]);
  if (!value) return bad(fmt::format("'{}' is neither an errno nor a number", words[3]));
  const std::uint32_t nth = words.size() > 4 ? number_argument(words[4]) : kNext;
  if (nth == 0) return bad("calls are counted from 1");
  for (const Place& place : kPlaces) {
    if (place.callback != words[2]) continue;
    for (const sim::FaultSite* site : place.sites)
      if (site != nullptr) add_fault(*site, words[1], *value, nth);
    return "ok";
  }
  return bad(fmt::format("callback '{}' cannot be made to fail", words[2]));
}

std::string ConformanceDriver::fail_allocation(const Words& words) {
  constexpr std::string_view kStoreSuffix = ":xa";
  std::string function = words[1];
  const bool is_store = function.ends_with(kStoreSuffix);
  if (is_store) function.resize(function.size() - kStoreSuffix.size());
  const std::uint32_t nth = words.size() > 2 ? number_argument(words[2]) : kNext;
  if (nth == 0) return bad("calls are counted from 1");
  const sim::FaultSite& site = is_store ? kernel::kStoreSite : kernel::kAllocationSite;
  add_fault(site, function, site.value, nth);
  return "ok";
}

std::string ConformanceDriver::kill(const Words& /*words*/) {
  add_fault(luo::v2::kKilledWaitSite, "", luo::v2::kKilledWaitSite.value, kNext);
  return "ok";
}

std::string ConformanceDriver::fault_copy(const Words& words) {
  if (words[1] != "from" && words[1] != "to") return bad("'from' or 'to'");
  const sim::FaultSite& site = words[1] == "from" ? uapi::kCopyFromUserSite : uapi::kCopyToUserSite;
  add_fault(site, "", site.value, kNext);
  return "ok";
}

std::string ConformanceDriver::no_descriptor(const Words& /*words*/) {
  add_fault(luo::v2::kDescriptorSite, "", luo::v2::kDescriptorSite.value, kNext);
  return "ok";
}

std::string ConformanceDriver::open_file(const Words& words) {
  kernel::Files& files = world_.kernel.core.files;
  const kernel::FileId file =
      files.open(blueprint_.names.intern(words[2]), static_cast<std::uint32_t>(fd::FileType::test),
                 blueprint_.names.intern(words[1]).index);
  descriptors_[words[2]] = files.install(kProcess, file);
  return "ok";
}

std::string ConformanceDriver::close_file(const Words& words) {
  const auto descriptor = descriptor_of(words[1]);
  const Returned returned = call(
      uapi::kClose,
      {.values = {kProcess, static_cast<std::uint64_t>(std::int64_t{descriptor.value_or(-1)})}});
  return recorded_status(returned.status);
}

std::string ConformanceDriver::preserve(const Words& words) {
  std::uint32_t flags = 0;
  if (words.size() > 3)
    flags = static_cast<std::uint32_t>(std::strtoull(words[3].c_str(), nullptr, 0));
  const Returned returned =
      ioctl(uapi::kFdPreserve, uapi::pack_descriptor(descriptor_of(words[1]).value_or(-1), flags));
  // The harness reads the token from its argument also after a failure, when nobody wrote it.
  tokens_[words[2]] = returned.status == 0 ? returned.word : 0;
  if (returned.status != 0) return recorded_status(returned.status);
  return fmt::format("0 tok={}", returned.word);
}

std::string ConformanceDriver::preserve_many(const Words& words) {
  const std::uint32_t count = number_argument(words[2]);
  constexpr std::uint32_t kMost = 1'000'000;
  if (count > kMost) return bad("more than a million files");
  std::int64_t status = 0;
  for (std::uint32_t index = 0; index < count && status == 0 && !bad_; ++index) {
    status =
        ioctl(uapi::kFdPreserve, uapi::pack_descriptor(descriptor_of(words[1]).value_or(-1), 0))
            .status;
  }
  return recorded_status(status);
}

std::string ConformanceDriver::unpreserve(const Words& words) {
  return recorded_status(ioctl(uapi::kFdUnpreserve, token_of(words[1])).status);
}

void ConformanceDriver::name_restored_file(const std::string& name) {
  for (const sim::Record& record : trace_.records()) {
    if (record.kind != luo::v2::LuoRecord::file_restored) continue;
    const auto file = static_cast<std::uint32_t>(record.values[2]);
    world_.kernel.core.files.rename({file}, blueprint_.names.intern(name));
    descriptors_[name] = static_cast<std::int32_t>(record.values[1]);
  }
}

std::string ConformanceDriver::restore(const Words& words) {
  const Returned returned = ioctl(uapi::kFdRestore, 0, token_of(words[1]));
  name_restored_file(words[2]);
  if (returned.status != 0) return recorded_status(returned.status);
  const bool is_garbage =
      std::any_of(trace_.records().begin(), trace_.records().end(), [](const sim::Record& record) {
        return record.kind == luo::v2::LuoRecord::garbage_installed;
      });
  return is_garbage ? "0 ub" : "0";
}

std::string ConformanceDriver::event(const Words& words) {
  const std::uint32_t number = words[0] == "prepare"  ? uapi::kEventPrepare
                               : words[0] == "freeze" ? uapi::kEventFreeze
                               : words[0] == "cancel" ? uapi::kEventCancel
                                                      : uapi::kEventFinish;
  const Returned returned = ioctl(number);
  stuck_ = returned.stuck;
  return recorded_status(returned.status);
}

std::string ConformanceDriver::state(const Words& /*words*/) {
  const Returned returned = ioctl(uapi::kGetState);
  if (returned.status != 0) return recorded_status(returned.status);
  return fmt::format("0 val={}", returned.word);
}

std::string ConformanceDriver::kho_call(const Words& words) {
  const Returned returned = call(words[0] == "kho_finalize" ? kho::kFinalize : kho::kAbort, {});
  stuck_ = returned.stuck;
  return recorded_status(returned.status);
}

std::string ConformanceDriver::debugfs(const Words& words) {
  const Returned returned = call(uapi::kDebugfsFinalize, {.values = {words[1] == "0" ? 0U : 1U}});
  stuck_ = returned.stuck;
  return recorded_status(returned.status);
}

std::string ConformanceDriver::subsystem_data(const Words& words) {
  const Returned returned =
      call(luo::v2::kSubsystemData, {.values = {blueprint_.names.intern(words[1]).index}});
  if (returned.status != 0) return recorded_status(returned.status);
  return fmt::format("0 val={}", pages_.word(returned.word));
}

std::string ConformanceDriver::sysfs(const Words& /*words*/) {
  const Returned returned = call(uapi::kReadState, {});
  if (returned.status != 0) return recorded_status(returned.status);
  return fmt::format("0 val={}", word_of(static_cast<luo::v2::Phase>(returned.word)));
}

std::string ConformanceDriver::enabled(const Words& /*words*/) {
  return world_.kernel.core.options.liveupdate && world_.kernel.core.options.kho ? "1" : "0";
}

std::string ConformanceDriver::open_device(const Words& words) {
  const auto has = [&](std::string_view flag) -> std::uint64_t {
    return std::find(words.begin(), words.end(), flag) != words.end() ? 1 : 0;
  };
  return recorded_status(call(uapi::kOpen, {.values = {has("excl"), has("nocap")}}).status);
}

std::string ConformanceDriver::raw_ioctl(const Words& words) {
  const auto number = static_cast<std::uint32_t>(std::strtoull(words[1].c_str(), nullptr, 0));
  const Returned returned = ioctl(number);
  stuck_ = returned.stuck;
  return recorded_status(returned.status);
}

std::string ConformanceDriver::preserve_page(const Words& /*words*/) {
  return recorded_status(call(fd::kPreservePage, {}).status);
}

std::string ConformanceDriver::self_test(const Words& words) {
  const std::uint64_t command = words[0] == "st_register" ? 0 : words[0] == "st_unregister" ? 1 : 2;
  return recorded_status(
      ioctl(uapi::kSelfTests, command, blueprint_.names.intern(words[1]).index).status);
}

std::string ConformanceDriver::dump(const Words& /*words*/) {
  extra_events_ = dump_text(world_, pages_);
  return extra_events_.empty() ? "none" : "ok";
}

}  // namespace luosim::app
