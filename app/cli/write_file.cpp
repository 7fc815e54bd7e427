// SPDX-License-Identifier: Apache-2.0
#include "app/cli/write_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace luosim::app {

namespace {

namespace fs = std::filesystem;

// As many as the kernel follows before it says ELOOP.
constexpr int kMostLinks = 40;
constexpr int kMostPartials = 1000;
constexpr mode_t kForAllWhomTheMaskAllows = 0666;

// What to write, so that a symbolic link stays one, also if nothing is there yet. A link is left
// over only if they lead in a circle.
fs::path target_of(const std::string& name) {
  std::error_code error;
  fs::path target = fs::canonical(name, error);
  if (!error) return target;
  target = name;
  for (int links = 0; links < kMostLinks && fs::is_symlink(target, error); ++links)
    target = target.parent_path() / fs::read_symlink(target, error);
  return target;
}

// Makes an empty file beside the target under a name that nobody has: another run may be writing
// the same file, and what is called so may be somebody's. Empty, and errno says why, if it cannot.
fs::path make_partial(const fs::path& target) {
  for (int number = 1; number <= kMostPartials; ++number) {
    fs::path partial = target;
    partial += number == 1 ? ".partial" : ".partial-" + std::to_string(number);
    const int file =
        open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kForAllWhomTheMaskAllows);
    if (file >= 0) {
      close(file);
      return partial;
    }
    if (errno != EEXIST) break;
  }
  return {};
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
  if (fs::is_symlink(target, error)) return refuse(name, std::strerror(ELOOP), errors);
  // A device or a pipe is written to; a file put in its place would be none any more.
  if (fs::exists(target, error) && !fs::is_regular_file(target, error))
    return put(target, contents) || refuse(name, std::strerror(errno), errors);

  const fs::path partial = make_partial(target);
  if (partial.empty()) return refuse(name, std::strerror(errno), errors);
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
  if (fs::is_symlink(target, error)) return std::strerror(ELOOP);
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
