// SPDX-License-Identifier: Apache-2.0
#include "app/cli/read_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace luosim::app {

namespace {

constexpr std::size_t kLongest = 64ULL << 20;

std::optional<std::string> read_stream(std::istream& stream) {
  std::string text;
  char block[64 * 1024];
  while (stream.read(block, sizeof(block)) || stream.gcount() > 0) {
    text.append(block, static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kLongest) return std::nullopt;
  }
  return text;
}

}  // namespace

std::optional<std::string> read_file(const std::string& name, std::ostream& errors) {
  std::optional<std::string> text;
  if (name == "-") {
    text = read_stream(std::cin);
  } else {
    std::error_code error;
    if (std::filesystem::is_directory(name, error)) {
      errors << name << ": error: is a directory, expected a file\n";
      return std::nullopt;
    }
    errno = 0;
    std::ifstream file(name, std::ios::binary);
    if (!file) {
      errors << name << ": error: cannot be read: " << std::strerror(errno) << '\n';
      return std::nullopt;
    }
    text = read_stream(file);
  }
  if (!text) errors << name << ": error: longer than 64 MiB\n";
  return text;
}

}  // namespace luosim::app
