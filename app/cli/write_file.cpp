// SPDX-License-Identifier: Apache-2.0
#include "app/cli/write_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include <unistd.h>

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

std::optional<std::string> why_not_accessible(const fs::path& path, int how) {
  if (access(path.c_str(), how) == 0) return std::nullopt;
  return std::strerror(errno);
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

std::optional<std::string> why_not_writable(const std::string& name) {
  if (name == "-") return std::nullopt;
  std::error_code error;
  const fs::path target = target_of(name);
  if (fs::is_directory(target, error)) return std::strerror(EISDIR);
  const bool exists = fs::exists(target, error);
  if (exists)
    if (auto reason = why_not_accessible(target, W_OK)) return reason;
  if (exists && !fs::is_regular_file(target, error)) return std::nullopt;
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  if (fs::exists(folder, error) && !fs::is_directory(folder, error)) return std::strerror(ENOTDIR);
  return why_not_accessible(folder, W_OK | X_OK);
}

}  // namespace luosim::app
