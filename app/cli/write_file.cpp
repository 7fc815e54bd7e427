// SPDX-License-Identifier: Apache-2.0
#include "app/cli/write_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace luosim::app {

bool write_file(const std::string& name, const std::string& contents, std::ostream& errors) {
  if (name == "-") {
    std::cout.write(contents.data(), static_cast<std::streamsize>(contents.size()));
    return static_cast<bool>(std::cout);
  }
  const std::string partial = name + ".partial";
  errno = 0;
  {
    std::ofstream file(partial, std::ios::binary | std::ios::trunc);
    file.write(contents.data(), static_cast<std::streamsize>(contents.size()));
    file.close();
    if (!file) {
      errors << name << ": error: cannot be written: " << std::strerror(errno) << '\n';
      std::error_code ignored;
      std::filesystem::remove(partial, ignored);
      return false;
    }
  }
  std::error_code error;
  std::filesystem::rename(partial, name, error);
  if (!error) return true;
  errors << name << ": error: cannot be written: " << error.message() << '\n';
  std::filesystem::remove(partial, error);
  return false;
}

}  // namespace luosim::app
