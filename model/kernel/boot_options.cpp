// SPDX-License-Identifier: Apache-2.0
#include "model/kernel/boot_options.hpp"

namespace luosim::kernel {

namespace {

// As kstrtobool: the first letter decides, and for o the second.
std::optional<bool> parse_boolean(std::string_view text) {
  if (text.empty()) return std::nullopt;
  switch (text[0]) {
    case 'y':
    case 'Y':
    case 't':
    case 'T':
    case '1':
      return true;
    case 'n':
    case 'N':
    case 'f':
    case 'F':
    case '0':
      return false;
    case 'o':
    case 'O':
      break;
    default:
      return std::nullopt;
  }
  if (text.size() < 2) return std::nullopt;
  if (text[1] == 'n' || text[1] == 'N') return true;
  if (text[1] == 'f' || text[1] == 'F') return false;
  return std::nullopt;
}

}  // namespace

std::optional<BootOptions> parse_command_line(std::string_view command_line, std::string& wrong) {
  BootOptions options;
  while (!command_line.empty()) {
    const std::size_t space = command_line.find(' ');
    const std::string_view word = command_line.substr(0, space);
    command_line = space == std::string_view::npos ? "" : command_line.substr(space + 1);
    const std::size_t equals = word.find('=');
    const std::string_view key = word.substr(0, equals);
    if (key != "kho" && key != "liveupdate") continue;
    const std::optional<bool> value =
        equals == std::string_view::npos ? std::nullopt : parse_boolean(word.substr(equals + 1));
    if (!value) {
      wrong = std::string(word);
      return std::nullopt;
    }
    (key == "kho" ? options.kho : options.liveupdate) = *value;
  }
  options.liveupdate = options.liveupdate && options.kho;
  return options;
}

}  // namespace luosim::kernel
