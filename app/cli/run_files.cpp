// SPDX-License-Identifier: Apache-2.0
#include "app/cli/run_files.hpp"

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <utility>

#include "app/cli/write_file.hpp"

namespace luosim::app {

namespace {

namespace fs = std::filesystem;

using NamedText = std::pair<std::string, std::string>;

bool write_all(const std::vector<NamedText>& files, std::ostream& errors) {
  bool written = true;
  for (const auto& [name, text] : files) written &= write_file(name, text, errors);
  return written;
}

bool add_folder(const std::string& folder, std::vector<std::string>& files, std::ostream& errors) {
  std::error_code error;
  std::vector<std::string> found;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".yaml") found.push_back(entry->path().string());
  }
  if (error) {
    errors << folder << ": error: cannot be read: " << error.message() << '\n';
    return false;
  }
  if (found.empty()) {
    errors << folder << ": error: a directory without scenario files (*.yaml)\n";
    return false;
  }
  std::sort(found.begin(), found.end());
  files.insert(files.end(), found.begin(), found.end());
  return true;
}

}  // namespace

std::optional<std::vector<std::string>> scenario_files(const std::vector<std::string>& names,
                                                       std::ostream& errors) {
  std::vector<std::string> files;
  for (const std::string& name : names) {
    std::error_code error;
    if (!fs::is_directory(name, error)) {
      files.push_back(name);
    } else if (!add_folder(name, files, errors)) {
      return std::nullopt;
    }
  }
  return files;
}

bool write_exports(const std::vector<std::string>& files, const RunStory& run,
                   std::ostream& errors) {
  std::vector<NamedText> texts;
  for (std::size_t row = 0; row < files.size(); ++row) {
    if (files[row].empty()) continue;
    ExportText text = exports()[row].write(run);
    if (!text) {
      errors << "luosim: " << text.error() << '\n';
      return false;
    }
    texts.emplace_back(files[row], *std::move(text));
  }
  return write_all(texts, errors);
}

bool write_summaries(const std::vector<std::string>& files, std::span<const RunResult> runs,
                     std::ostream& errors) {
  std::vector<NamedText> texts;
  for (std::size_t row = 0; row < files.size(); ++row)
    if (!files[row].empty()) texts.emplace_back(files[row], summary_exports()[row].write(runs));
  return write_all(texts, errors);
}

}  // namespace luosim::app
