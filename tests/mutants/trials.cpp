// SPDX-License-Identifier: Apache-2.0
//
// What mutants are put through, cheapest first.
#include <algorithm>
#include <filesystem>

#include "tests/mutants/table.hpp"

namespace luosim::mutants {

namespace {

TrialFile explored(const char* name, std::uint32_t faults) {
  return {std::string("tests/mutants/scenarios/") + name + ".yaml", true, faults};
}

// All scenarios of a folder, in the order of their names, each under the protocol that it names or
// under another.
void add_folder(std::vector<TrialFile>& files, const std::string& root, const std::string& folder,
                const std::vector<std::string>& settings) {
  const std::filesystem::path path = std::filesystem::path(root) / "scenarios" / folder;
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path))
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  for (const std::string& name : names)
    files.push_back({"scenarios/" + folder + "/" + name, false, 0, settings});
}

}  // namespace

std::vector<TrialFile> trials_of(Area area, const std::string& root) {
  std::vector<TrialFile> files;
  if (area == Area::protocol) {
    files = {
        explored("one-file", 0),      explored("one-file", 1),       explored("two-files", 1),
        explored("clients", 1),       explored("registration", 0),   explored("two-callers", 0),
        explored("two-restorers", 0), explored("two-preservers", 0), explored("late-page", 1)};
    files.push_back({"tests/mutants/scenarios/preserved-again.yaml"});
    files.push_back({"tests/mutants/scenarios/registration-answers.yaml"});
    add_folder(files, root, "failures", {});
    add_folder(files, root, "bugs", {"protocol=luo-v2-fixed"});
  } else {
    files = {{"scenarios/tutorial/vm-nvme-update.yaml"},
             {"tests/mutants/scenarios/devices-come-and-go.yaml"},
             explored("one-file", 1)};
    add_folder(files, root, "hazards", {});
    files.push_back({"scenarios/tutorial/vm-nvme-kexec.yaml"});
    files.push_back({"scenarios/tutorial/vm-nvme-cold-reboot.yaml"});
    files.push_back({"scenarios/failures/vmm-crashes-in-each-phase.yaml"});
  }
  return files;
}

const char* const kPageBegins =
    "# Mistakes made on purpose\n\n"
    "A program is a table, so a mistake can be put into it while luosim runs. `mutants check .`, "
    "which\n"
    "ctest runs, puts every mutant through explorations (`tests/mutants/scenarios`) and through "
    "the\n"
    "scenarios of the tree until one breaks; `mutants write .` writes this page. A mutant is "
    "killed by\n"
    "a guarantee, by an expectation, by what is never reached any more, by the engine's "
    "assertions, or\n"
    "because it goes round for ever.\n\n"
    "Operators: *drop* leaves a row out, *swap* exchanges it with the one below it, *swallow* "
    "forgets\n"
    "its failure, *skip call* does not call what it would call, *weaken* takes a lock to read, "
    "*twice*\n"
    "runs it twice, *once* leaves a loop after the first element.\n";

const char* const kReasons =
    "*cannot fail*: there is nothing to swallow. *equivalent*: nobody could ever tell. "
    "*unreached*:\n"
    "what the row guards against does not happen in any trial. *unclaimed*: what gets worse is "
    "nothing\n"
    "that is promised. *missing*: a guarantee is missing.\n";

}  // namespace luosim::mutants
