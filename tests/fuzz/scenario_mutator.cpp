// SPDX-License-Identifier: Apache-2.0
//
// Changes a scenario by lines and words instead of bytes, so that most of what libFuzzer makes up
// still loads and the model gets to run it. The words are the program's own, from its tables. An
// eighth of the changes stays libFuzzer's, for the reader of YAML.
#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/vocabulary.hpp"
#include "app/scenario/verbs.hpp"
#include "tests/fuzz/fuzz_target.hpp"

// libFuzzer's names.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed);

namespace luosim::fuzz {

namespace {

constexpr std::string_view kSeparators = " \t\n{}[],:\"'";

// Values of every kind that a key may have, the edges of their ranges, and names that are common.
constexpr std::string_view kValues[] = {
    "0",        "1",      "2",      "64",       "1024",      "4294967295", "0ns",    "1ns",
    "5ms",      "+50ms",  "1s",     "86400s",   "4KiB",      "2MiB",       "4MiB",   "1GiB",
    "64GiB",    "64TiB",  "1%",     "50%",      "100%",      "true",       "false",  "memfd",
    "memfd-v1", "\"*\"",  "old",    "new",      "kexec",     "cold",       "agent",  "vm0",
    "f",        "f1",     "a",      "prepared", "frozen",    "updated",    "normal", "phase",
    "label",    "boot",   "paused", "resumed",  "failed",    "ok",         "any",    "error",
    "EIO",      "ENOMEM", "intact", "lost",     "running",   "panic",      "oops",   "deadlock",
    "freeze",   "finish", "cancel", "always",   "finalized", "vm0.memory"};

constexpr std::string_view kEntries[] = {"  - do: prepare\n",
                                         "  - { do: freeze, expect: any }\n",
                                         "  - { do: cancel, expect: any }\n",
                                         "  - { do: finish, expect: any }\n",
                                         "  - { do: reboot kexec new, expect: any }\n",
                                         "  - { do: reboot cold, expect: any }\n",
                                         "  - { preserve: [f], expect: any }\n",
                                         "  - { preserve: [vm0.memory], expect: any }\n",
                                         "  - { unpreserve: [f], expect: any }\n",
                                         "  - { restore: [f, vm0.memory], expect: any }\n",
                                         "  - { do: pause vm0, expect: any }\n",
                                         "  - { do: resume vm0, expect: any }\n",
                                         "  - { do: write f, expect: any }\n",
                                         "  - { do: close f, expect: any }\n",
                                         "  - { do: kill agent, expect: any }\n",
                                         "  - { do: kho-finalize, expect: any }\n",
                                         "  - { do: kho-abort, expect: any }\n",
                                         "  - { do: debugfs-finalize 1, expect: any }\n",
                                         "  - { do: register-subsystem a, expect: any }\n",
                                         "  - { do: unregister-subsystem a, expect: any }\n",
                                         "  - { do: register-handler memfd-v1, expect: any }\n",
                                         "  - { do: unregister-handler memfd-v1, expect: any }\n",
                                         "  - { do: sleep 1ms, after: phase prepared, label: l }\n",
                                         "  - { do: state, after: label l }\n"};

constexpr std::string_view kSections[] = {
    "luosim: 1\ntitle: t\n",
    "protocol: luo-v2-fixed\n",
    "files: { f: { size: 4MiB, hole: 2MiB } }\n",
    "vms: { vm0: { memory: 4MiB, vcpus: 2 } }\n",
    "subsystems: [ a, { name: b, preserves_page: true } ]\n",
    "handlers: [ memfd-v1, h, { compatible: memfd-v1, accepts: memfd } ]\n",
    "kernels: [ { name: old, cmdline: \"kho=on liveupdate=on\" }, { name: new } ]\n",
    "agent:\n  - { do: prepare, expect: any }\n",
    "actors:\n  other:\n  - { do: cancel, expect: any }\n",
    "faults:\n  - { site: mm.alloc, nth: 2, times: 0, errno: ENOMEM, probability: 50% }\n",
    "timing: { kexec.jump: 1s }\n",
    "matrix: { a: [1, 2], b: [prepare, freeze] }\n",
    "knobs: { abort_kho_on_failed_freeze: true }\n",
    "kho_clients: [ early, { name: late, priority: -10, subtrees: 109 } ]\n",
    "expect:\n  - phase: normal\n"};

const std::vector<std::string_view>& words_of_the_model() {
  static const std::vector<std::string_view> kWords = [] {
    static const app::Vocabulary kVocabulary = app::vocabulary_of_the_model();
    std::vector<std::string_view> words(app::kVerbWords.begin(), app::kVerbWords.end());
    for (const auto* list :
         {&kVocabulary.protocols, &kVocabulary.guarantees, &kVocabulary.timing_keys,
          &kVocabulary.fault_sites, &kVocabulary.metrics})
      words.insert(words.end(), list->begin(), list->end());
    for (const app::KnobWords& knob : kVocabulary.knobs) {
      words.push_back(knob.name);
      words.insert(words.end(), knob.words.begin(), knob.words.end());
    }
    return words;
  }();
  return kWords;
}

struct Piece {
  std::size_t begin = 0;
  std::size_t size = 0;
};

class Change {
 public:
  Change(std::string text, unsigned int seed) : text_(std::move(text)), random_(seed) {}

  std::string made() && {
    for (std::size_t left = 1 + below(4); left > 0; --left) make_one();
    return std::move(text_);
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  template <class List>
  std::string any_of(const List& list) {
    return std::string(list[below(std::size(list))]);
  }

  void make_one() {
    const std::vector<Piece> lines = pieces(true);
    const std::vector<Piece> words = pieces(false);
    switch (below(8)) {
      case 0:  // a line less
        if (!lines.empty()) replace(lines[below(lines.size())], "");
        break;
      case 1:  // a line twice, or somewhere else once more
        if (!lines.empty()) insert(lines, text_of(lines[below(lines.size())]));
        break;
      case 2:
        insert(lines, any_of(kEntries));
        break;
      case 3:
        insert(lines, any_of(kSections));
        break;
      case 4:  // a word of the same file
        if (!words.empty()) {
          const std::string word = text_of(words[below(words.size())]);
          replace(words[below(words.size())], word);
        }
        break;
      case 5:
        if (!words.empty()) replace(words[below(words.size())], any_of(words_of_the_model()));
        break;
      default:
        if (!words.empty()) replace(words[below(words.size())], any_of(kValues));
    }
  }

  // Lines with their ends, or words.
  std::vector<Piece> pieces(bool lines) const {
    std::vector<Piece> found;
    for (std::size_t begin = 0; begin < text_.size();) {
      std::size_t end = lines ? text_.find('\n', begin) : text_.find_first_of(kSeparators, begin);
      end = std::min(end, text_.size());
      if (lines) {
        found.push_back({begin, std::min(end + 1, text_.size()) - begin});
      } else if (end > begin) {
        found.push_back({begin, end - begin});
      }
      begin = end + 1;
    }
    return found;
  }

  std::string text_of(Piece piece) const { return text_.substr(piece.begin, piece.size); }
  void replace(Piece piece, const std::string& by) { text_.replace(piece.begin, piece.size, by); }
  void insert(const std::vector<Piece>& lines, const std::string& line) {
    text_.insert(lines.empty() ? 0 : lines[below(lines.size())].begin, line);
  }

  std::string text_;
  std::minstd_rand random_;
};

}  // namespace

}  // namespace luosim::fuzz

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                    unsigned int seed) {
  using namespace luosim;
  if (seed % 8 == 0) return LLVMFuzzerMutate(data, size, max_size);
  std::string text = fuzz::Change(std::string(fuzz::text_of(data, size)), seed).made();
  text.resize(std::min(text.size(), max_size));
  std::copy(text.begin(), text.end(), data);
  return text.size();
}
