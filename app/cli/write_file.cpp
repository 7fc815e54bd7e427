// SPDX-License-Identifier: Apache-2.0
#include "app/cli/write_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace luosim::app {

namespace {

namespace fs = std::filesystem;

// What to write, so that a symbolic link stays one.
fs::path target_of(const std::string& name) {
  std::error_code error;
  const fs::path target = fs::canonical(name, error);
  return error ? fs::path(name) : target;
}

// False, and errno says why, if not all of it arrived.
bool put(const fs::path& path, const std::string& contents) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  file.close();
  return static_cast<bool>(file);
}

bool refuse(const std::string& name, const std::string& reason, std::ostream& errors) {
  errors << name << ": error: cannot be written: " << reason << '\n';
  return false;
}

}  // namespace

bool write_file(const std::string& name, const std::string& contents, std::ostream& errors) {
  if (name == "-") {
    std::cout.write(contents.data(), static_cast<std::streamsize>(contents.size()));
    return static_cast<bool>(std::cout);
  }
  std::error_code error;
  const fs::path target = target_of(name);
  // A device or a pipe is written to; a file put in its place would be none any more.
  if (fs::exists(target, error) && !fs::is_regular_file(target, error))
    return put(target, contents) || refuse(name, std::strerror(errno), errors);

  fs::path partial = target;
  partial += ".partial";
  if (!put(partial, contents)) {
    const std::string reason = std::strerror(errno);
    fs::remove(partial, error);
    return refuse(name, reason, errors);
  }
  fs::rename(partial, target, error);
  if (!error) return true;
  const std::string reason = error.message();
  fs::remove(partial, error);
  return refuse(name, reason, errors);
}

}  // namespace luosim::app
