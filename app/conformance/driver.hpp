// SPDX-License-Identifier: Apache-2.0
//
// Runs the operations of a recorded vector against the model: the same world as `run`, through the
// same user interface and participant interface. What the recording harness kept outside of the
// kernel (numbers of participants, how often each has prepared, names of files and tokens) is kept
// here, outside of the world.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/conformance/answer.hpp"
#include "app/conformance/vector_file.hpp"
#include "model/world/world.hpp"
#include "sim/choice/choice.hpp"

namespace luosim::app {

/// A mistake in a vector: an operation that does not exist or has impossible arguments.
struct BadOperation {
  std::string message;
  std::string hint;
};

class ConformanceDriver {
 public:
  ConformanceDriver();

  /// Runs one operation and returns the text behind "< ", or what is wrong with it.
  struct Answer {
    std::string text;
    std::optional<BadOperation> bad;
  };
  Answer run(const std::vector<std::string>& words);

 private:
  enum class Kind { subsystem, handler, client };
  /// What the harness knows of a participant, beyond any kernel.
  struct Known {
    Kind kind = Kind::subsystem;
    std::string name;
    fd::TestParticipant participant;
    luo::CallbackMask callbacks;
    std::int32_t priority = 0;
    std::uint32_t subtrees = 0;
    std::optional<std::uint32_t> object;  ///< in the running kernel
    bool is_registered = false;
  };
  using Words = std::vector<std::string>;
  using Operation = std::string (ConformanceDriver::*)(const Words&);
  struct Row {
    std::string_view word;
    Operation run;
    std::size_t least_arguments;
    std::string_view usage;
  };
  static const Row* row_of(const std::string& word);

  // Operations; each returns the text of `ret=`.
  std::string boot(const Words& words);
  std::string reboot(const Words& words);
  std::string cold(const Words& words);
  std::string subsystem(const Words& words);
  std::string unregister_subsystem(const Words& words);
  std::string handler(const Words& words);
  std::string unregister_handler(const Words& words);
  std::string kho_client(const Words& words);
  std::string register_again(const Words& words);
  std::string fail(const Words& words);
  std::string fail_allocation(const Words& words);
  std::string kill(const Words& words);
  std::string fault_copy(const Words& words);
  std::string no_descriptor(const Words& words);
  std::string open_file(const Words& words);
  std::string close_file(const Words& words);
  std::string preserve(const Words& words);
  std::string preserve_many(const Words& words);
  std::string unpreserve(const Words& words);
  std::string restore(const Words& words);
  std::string event(const Words& words);
  std::string state(const Words& words);
  std::string kho_call(const Words& words);
  std::string debugfs(const Words& words);
  std::string subsystem_data(const Words& words);
  std::string sysfs(const Words& words);
  std::string enabled(const Words& words);
  std::string open_device(const Words& words);
  std::string raw_ioctl(const Words& words);
  std::string preserve_page(const Words& words);
  std::string self_test(const Words& words);
  std::string dump(const Words& words);

  struct Returned {
    std::int64_t status = 0;
    std::uint64_t word = 0;
    bool vanished = false;  ///< the machine went on to another kernel
    std::string stuck;      ///< what a deadlock waits for
  };
  Returned call(sim::ProgramId program, sim::Arguments arguments);
  Returned ioctl(std::uint32_t number, std::uint64_t first = 0, std::uint64_t second = 0);
  world::Surroundings surroundings();
  world::Context context();
  void run_until_quiet();
  void start_machine(const kernel::BootOptions& options);
  void forget_kernel();
  kernel::BootOptions parse_options(const Words& words, kernel::BootOptions options,
                                    bool& has_image);
  Known& known(Kind kind, const std::string& name, bool is_other_object);
  void parse_flags(Known& participant, const Words& words);
  std::uint32_t object_of(Known& participant);
  std::string register_known(Known& participant);
  void add_fault(const sim::FaultSite& site, const std::string& instance, std::int32_t value,
                 std::uint32_t nth);
  std::optional<std::int32_t> descriptor_of(const std::string& file) const;
  std::uint64_t token_of(const std::string& symbol) const;
  void name_restored_file(const std::string& name);
  std::string bad(std::string message, std::string hint = "");
  std::uint32_t number_argument(const std::string& word);
  /// A number, or a negative errno by its name.
  static std::optional<std::int32_t> value_of(const std::string& word);

  world::Blueprint blueprint_;
  world::World world_;
  sim::ScriptedChoice choice_;
  sim::RecordedTrace trace_;
  PageNumbers pages_;
  std::vector<Known> known_;
  std::uint32_t participants_numbered_ = 0;
  std::vector<std::size_t> registered_at_reboot_;
  std::map<std::string, std::int32_t> descriptors_;
  std::map<std::string, std::uint64_t> tokens_;
  std::string stuck_;
  std::string extra_events_;
  std::optional<BadOperation> bad_;
  std::uint64_t events_ = 0;  ///< steps so far
  bool is_on_ = false;
};

}  // namespace luosim::app
