// SPDX-License-Identifier: Apache-2.0
#include "app/conformance/driver.hpp"

#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

#include "app/scenario/errno_names.hpp"
#include "model/luo/v2/programs.hpp"
#include "model/world/vocabulary.hpp"
#include "sim/core/assert.hpp"

namespace luosim::app {

namespace {

// The process that all operations come from.
constexpr std::uint32_t kProcess = 1;
// The recordings were made on a small machine; nothing in them depends on its size.
constexpr std::uint64_t kMemoryBytes = 4ULL << 30;
constexpr std::uint64_t kScratchBytes = 64ULL << 20;
// A second or two. The most that one recorded operation asks for is a few thousand.
constexpr std::uint64_t kMostEvents = 5'000'000;

}  // namespace

ConformanceDriver::ConformanceDriver() {
  blueprint_.memory_bytes = kMemoryBytes;
  blueprint_.scratch = {kScratchBytes, 1};
  world_ = world::make_world(blueprint_);
  trace_.keep_steps(false);
}

world::Surroundings ConformanceDriver::surroundings() {
  return {blueprint_, choice_, trace_};
}

world::Context ConformanceDriver::context() {
  return world::context_for(world_, surroundings(), {});
}

void ConformanceDriver::run_until_quiet() {
  while (!bad_ && world::advance(world_, surroundings())) {
    if (++events_ > kMostEvents)
      bad(fmt::format("the vector takes more than {} steps", kMostEvents));
  }
}

std::string ConformanceDriver::bad(std::string message, std::string hint) {
  bad_ = BadOperation{std::move(message), std::move(hint)};
  return "";
}

std::optional<std::int32_t> ConformanceDriver::value_of(const std::string& word) {
  if (const auto number = errno_number(word)) return -*number;
  std::int32_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  return number;
}

std::uint32_t ConformanceDriver::number_argument(const std::string& word) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc{} || end != word.data() + word.size())
    bad(fmt::format("'{}' is not a number", word));
  return number;
}

ConformanceDriver::Returned ConformanceDriver::call(sim::ProgramId program,
                                                    sim::Arguments arguments) {
  const sim::TaskId task =
      world_.schedule.spawn({}, kProcess, program, arguments, {}, /*keep_result=*/true);
  const std::uint32_t generation = world_.kernel.core.generation;
  Returned returned;
  run_until_quiet();
  if (bad_) return returned;
  returned.vanished = world_.kernel.core.generation != generation;
  if (returned.vanished || world_.kernel.core.death.ending != kernel::Ending::running)
    return returned;
  if (!world_.schedule.has_ended(task)) {
    const auto wait = world_.schedule.locks().waits_for(task);
    sim::require(wait.has_value(), "a task that neither ended nor waits cannot be left over");
    const bool is_mutex = wait->lock == kho::kKhoLock || wait->lock == luo::v2::kSubsystemListLock;
    returned.stuck = is_mutex                            ? "mutex"
                     : wait->mode == sim::LockMode::read ? "rwsem-read"
                                                         : "rwsem-write";
    return returned;
  }
  returned.word = world_.schedule.task(task).result_word;
  returned.status = world_.schedule.collect(task);
  return returned;
}

ConformanceDriver::Returned ConformanceDriver::ioctl(std::uint32_t number, std::uint64_t first,
                                                     std::uint64_t second) {
  return call(uapi::kIoctl, {.values = {kProcess, number, first, second}});
}

ConformanceDriver::Answer ConformanceDriver::run(const std::vector<std::string>& words) {
  bad_.reset();
  stuck_.clear();
  extra_events_.clear();
  const Row* row = row_of(words[0]);
  if (row == nullptr)
    return {"", BadOperation{fmt::format("unknown operation '{}'", words[0]), ""}};
  if (words.size() - 1 < row->least_arguments)
    return {"", BadOperation{fmt::format("'{}' needs more arguments", words[0]),
                             std::string(row->usage)}};
  if (!is_on_ && words[0] != "boot") boot({"boot"});
  trace_.forget_records();
  const std::string status = (this->*row->run)(words);
  if (bad_) return {"", bad_};
  std::string events = events_text(trace_.records(), blueprint_.names, pages_);
  if (!extra_events_.empty()) events = extra_events_;
  const std::string death =
      stuck_.empty() ? death_text(world_.kernel.core.death) : fmt::format("DEADLOCK({})", stuck_);
  if (!death.empty()) return {fmt::format("ret={} | st=dead | ev={}", death, events), {}};
  return {fmt::format("ret={} | {} | {} | refs={} | ev={}", status, state_text(world_),
                      counters_text(world_), references_text(world_, blueprint_.names), events),
          {}};
}

void ConformanceDriver::forget_kernel() {
  // A file's name stays bound to its descriptor number, as in the harness: in the next kernel it
  // means whatever has that number there.
  registered_at_reboot_.clear();
  for (std::size_t index = 0; index < known_.size(); ++index)
    if (known_[index].is_registered) registered_at_reboot_.push_back(index);
  for (Known& participant : known_) {
    participant.object.reset();
    participant.is_registered = false;
  }
}

void ConformanceDriver::start_machine(const kernel::BootOptions& options) {
  world::ImagePlan image;
  image.options = options;
  image.options.image = static_cast<std::uint32_t>(blueprint_.images.size());
  blueprint_.images.push_back(image);
}

kernel::BootOptions ConformanceDriver::parse_options(const Words& words,
                                                     kernel::BootOptions options, bool& has_image) {
  for (std::size_t index = 1; index < words.size(); ++index) {
    const std::string& word = words[index];
    if (word == "noimage") {
      has_image = false;
    } else if (word == "kho=0" || word == "kho=1") {
      options.kho = word.back() == '1';
    } else if (word.starts_with("liveupdate=")) {
      options.liveupdate = word.back() == '1';
    } else if (word == "debug=0" || word == "debug=1") {
      options.debugfs = word.back() == '1';
    } else if (word == "sysfs=0" || word == "sysfs=1") {
      options.sysfs = word.back() == '1';
    } else if (word == "kimage=always" || word == "kimage=finalized") {
      options.kho_only_if_finalized = word == "kimage=finalized";
    } else {
      bad(fmt::format("unknown option '{}'", word),
          "kho=0/1 liveupdate=0/1 debug=0/1 sysfs=0/1 kimage=always/finalized noimage");
    }
  }
  return options;
}

std::string ConformanceDriver::boot(const Words& words) {
  bool has_image = true;
  const kernel::BootOptions options = parse_options(
      words, {.kho = true, .liveupdate = true, .sysfs = true, .selftests = true}, has_image);
  if (is_on_) return bad("'boot' is only the first operation");
  is_on_ = true;
  start_machine(options);
  world::power_on(world_, surroundings(), options.image);
  run_until_quiet();
  return "0";
}

std::string ConformanceDriver::reboot(const Words& words) {
  bool has_image = true;
  const kernel::BootOptions options = parse_options(words, world_.kernel.core.options, has_image);
  start_machine(options);
  // The counts outlive the kernel because the harness, not the kernel, keeps them.
  for (Known& participant : known_) {
    if (!participant.object || participant.kind == Kind::client) continue;
    const auto& objects = world_.kernel.luo;
    const std::uint32_t argument = participant.kind == Kind::subsystem
                                       ? objects.subsystem_objects[*participant.object].argument
                                       : objects.handler_objects[*participant.object].argument;
    participant.participant.prepares = world_.kernel.fd.test_participants[argument].prepares;
  }
  const Returned returned =
      call(uapi::kReboot, {.values = {blueprint_.images.size() - 1, has_image ? 0U : 1U}});
  if (returned.vanished) forget_kernel();
  stuck_ = returned.stuck;
  return recorded_status(returned.status);
}

std::string ConformanceDriver::cold(const Words& /*words*/) {
  start_machine(world_.kernel.core.options);
  forget_kernel();
  world::power_on(world_, surroundings(), static_cast<std::uint32_t>(blueprint_.images.size() - 1));
  run_until_quiet();
  return "0";
}

std::optional<std::int32_t> ConformanceDriver::descriptor_of(const std::string& file) const {
  const auto descriptor = descriptors_.find(file);
  return descriptor == descriptors_.end() ? std::nullopt : std::optional(descriptor->second);
}

std::uint64_t ConformanceDriver::token_of(const std::string& symbol) const {
  const auto token = tokens_.find(symbol);
  if (token != tokens_.end()) return token->second;
  // A literal; and what is neither bound nor a number reads as 0, as in the harness.
  return std::strtoull(symbol.c_str(), nullptr, 0);
}

}  // namespace luosim::app
