// SPDX-License-Identifier: Apache-2.0
//
// The only file that knows libedit.
#include <cstdio>

#include <histedit.h>
#include <unistd.h>

#include "app/step/lines.hpp"

namespace luosim::app {

namespace {

constexpr int kRemembered = 1000;

class EditedLines final : public Lines {
 public:
  explicit EditedLines(Completer completer)
      : completer_(std::move(completer)),
        history_(history_init()),
        edit_(el_init("luosim", stdin, stdout, stderr)) {
    HistEvent event;
    history(history_, &event, H_SETSIZE, kRemembered);
    el_set(edit_, EL_CLIENTDATA, this);
    el_set(edit_, EL_PROMPT, &EditedLines::prompt);
    el_set(edit_, EL_EDITOR, "emacs");
    el_set(edit_, EL_SIGNAL, 1);
    el_set(edit_, EL_HIST, history, history_);
    el_set(edit_, EL_ADDFN, "luosim-complete", "Completes a word", &EditedLines::complete);
    el_set(edit_, EL_BIND, "^I", "luosim-complete", nullptr);
  }
  ~EditedLines() override {
    el_end(edit_);
    history_end(history_);
  }
  EditedLines(const EditedLines&) = delete;
  EditedLines& operator=(const EditedLines&) = delete;

  std::optional<std::string> next(const std::string& prompt) override {
    prompt_ = prompt;
    int length = 0;
    const char* read = el_gets(edit_, &length);
    if (read == nullptr || length <= 0) {
      std::fputc('\n', stdout);
      return std::nullopt;
    }
    std::string line(read, static_cast<std::size_t>(length));
    if (line.ends_with('\n')) line.pop_back();
    HistEvent event;
    if (!line.empty()) history(history_, &event, H_ENTER, line.c_str());
    return line;
  }
  bool is_person() const override { return true; }

 private:
  static EditedLines& of(EditLine* edit) {
    void* self = nullptr;
    el_get(edit, EL_CLIENTDATA, &self);
    return *static_cast<EditedLines*>(self);
  }
  static char* prompt(EditLine* edit) { return of(edit).prompt_.data(); }
  static unsigned char complete(EditLine* edit, int /*key*/) { return of(edit).complete_word(); }

  unsigned char complete_word();

  Completer completer_;
  std::string prompt_;
  History* history_;
  EditLine* edit_;
};

// What all words begin with.
std::string common_beginning(const std::vector<std::string>& words) {
  std::string common = words.front();
  for (const std::string& word : words) {
    std::size_t same = 0;
    while (same < common.size() && same < word.size() && common[same] == word[same]) ++same;
    common.resize(same);
  }
  return common;
}

// Puts in what is certain; where more than one word is left, shows them.
unsigned char EditedLines::complete_word() {
  const LineInfo* info = el_line(edit_);
  const std::string line(info->buffer, info->cursor);
  const std::size_t space = line.rfind(' ');
  const std::string word = space == std::string::npos ? line : line.substr(space + 1);
  const std::vector<std::string> words = completer_(line);
  if (words.empty()) return CC_REFRESH_BEEP;
  std::string more = common_beginning(words).substr(word.size());
  if (words.size() == 1) more += ' ';
  if (!more.empty()) return el_insertstr(edit_, more.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  std::fputc('\n', stdout);
  for (const std::string& each : words) std::printf("%s  ", each.c_str());
  std::fputc('\n', stdout);
  std::fflush(stdout);
  return CC_REDISPLAY;
}

}  // namespace

std::unique_ptr<Lines> edited_lines(Completer completer) {
  return std::make_unique<EditedLines>(std::move(completer));
}

bool is_at_terminal() {
  return isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
}

}  // namespace luosim::app
