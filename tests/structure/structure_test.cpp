// SPDX-License-Identifier: Apache-2.0
//
// The architecture as a test: which folder may include which, what the engine and the model may not
// use, and what every file of ours begins with. Rules that nobody checks are gone within a year.
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace {

namespace fs = std::filesystem;

struct SourceFile {
  std::string path;  // from the root of the project
  std::vector<std::string> lines;
};

std::vector<SourceFile> source_files(const std::vector<std::string>& folders) {
  std::vector<SourceFile> files;
  const fs::path root = LUOSIM_SOURCE_DIR;
  for (const std::string& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".cpp" && extension != ".hpp") continue;
      SourceFile file{fs::relative(entry.path(), root), {}};
      std::ifstream stream(entry.path());
      for (std::string line; std::getline(stream, line);) file.lines.push_back(line);
      files.push_back(std::move(file));
    }
  }
  return files;
}

// The layers from the bottom up; a file includes its own and what lies below.
const std::vector<std::string>& layers() {
  static const std::vector<std::string> kLayers = {
      "sim/",          "model/timing/", "model/memory/",    "model/device/",
      "model/kernel/", "model/kho/",    "model/luo/",       "model/driver/",
      "model/fd/",     "model/uapi/",   "model/userspace/", "model/guarantees/",
      "model/world/",  "app/"};
  return kLayers;
}

int layer_of(const std::string& path) {
  for (std::size_t layer = 0; layer < layers().size(); ++layer)
    if (path.starts_with(layers()[layer])) return static_cast<int>(layer);
  return -1;
}

std::vector<std::string> includes_of(const SourceFile& file) {
  static const std::regex kInclude("^#include \"([^\"]+)\"");
  std::vector<std::string> includes;
  for (const std::string& line : file.lines) {
    std::smatch match;
    if (std::regex_search(line, match, kInclude)) includes.push_back(match[1]);
  }
  return includes;
}

// Whether a text has a word that is not only the beginning of a longer one. A regular expression
// would take seconds for all the code there is.
bool names_word(const std::string& text, const std::string& word) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool goes_on = end < text.size() && (std::isalnum(text[end]) != 0 || text[end] == '_');
    if (!goes_on) return true;
  }
  return false;
}

}  // namespace

TEST(Structure, includes_point_down_the_layers_only) {
  for (const SourceFile& file : source_files({"sim", "model", "app"})) {
    for (const std::string& include : includes_of(file)) {
      EXPECT_GE(layer_of(include), 0)
          << file.path << " includes " << include << ", which is not written from the root";
      EXPECT_LE(layer_of(include), layer_of(file.path)) << file.path << " includes " << include;
    }
  }
}

TEST(Structure, luo_knows_no_file_type) {
  for (const SourceFile& file : source_files({"model/luo"})) {
    for (const std::string& include : includes_of(file))
      EXPECT_FALSE(include.starts_with("model/fd")) << file.path << " includes " << include;
  }
}

TEST(Structure, the_engine_names_nothing_of_linux) {
  const std::regex linux_words("\\b(linux|Linux|kexec|luo|LUO|kho|KHO|kernel|memfd)\\b");
  for (const SourceFile& file : source_files({"sim"})) {
    for (std::size_t line = 0; line < file.lines.size(); ++line) {
      // Comments may say what something is like; code may not know.
      const std::string code = file.lines[line].substr(0, file.lines[line].find("//"));
      EXPECT_FALSE(std::regex_search(code, linux_words)) << file.path << ":" << line + 1;
    }
  }
}

// What makes two runs differ: clocks, device randomness, standard distributions, addresses as keys,
// and the order of unordered containers. Coroutines and std::ranges are missing where the model has
// to compile as well.
TEST(Structure, sim_and_model_use_nothing_that_differs_between_runs_or_compilers) {
  const std::vector<std::pair<std::regex, std::string>> banned = {
      {std::regex("std::chrono|clock_gettime|gettimeofday|\\btime\\("), "a wall clock"},
      {std::regex("std::random_device|\\brand\\("), "randomness from outside"},
      {std::regex("std::\\w+_distribution"), "a distribution of the standard library"},
      {std::regex("std::(map|set|unordered_map|unordered_set)<[^,>]*\\*"), "a pointer as a key"},
      {std::regex("std::ranges|<ranges>|<coroutine>|co_await|co_yield"), "ranges or coroutines"},
      {std::regex("\\b(float|double)\\b"), "floating point"},
      {std::regex("<iostream>|<fstream>|<ostream>|nlohmann|CLI11|fyaml"), "a file format"},
  };
  for (const SourceFile& file : source_files({"sim", "model"})) {
    for (std::size_t line = 0; line < file.lines.size(); ++line) {
      const std::string code = file.lines[line].substr(0, file.lines[line].find("//"));
      for (const auto& [pattern, what] : banned)
        EXPECT_FALSE(std::regex_search(code, pattern))
            << file.path << ":" << line + 1 << " uses " << what;
    }
  }
}

TEST(Structure, unordered_containers_are_looked_up_in_and_never_walked) {
  const std::regex declaration("unordered_(?:flat_)?(?:map|set)<.*>\\s+(\\w+)");
  for (const SourceFile& file : source_files({"sim", "model"})) {
    std::vector<std::string> names;
    for (const std::string& line : file.lines) {
      std::smatch match;
      if (std::regex_search(line, match, declaration)) names.push_back(match[1]);
    }
    for (const std::string& name : names) {
      for (const std::string& line : file.lines)
        EXPECT_FALSE(std::regex_search(line, std::regex("for \\(.*: " + name + "\\)")))
            << file.path << " walks " << name;
    }
  }
}

TEST(Structure, boost_msm_stays_in_implementation_files) {
  for (const SourceFile& file : source_files({"sim", "model", "app"})) {
    if (!file.path.ends_with(".hpp")) continue;
    for (const std::string& line : file.lines)
      EXPECT_EQ(line.find("boost/msm"), std::string::npos) << file.path;
  }
}

TEST(Structure, every_file_says_its_licence_and_what_it_is_for) {
  for (const SourceFile& file : source_files({"sim", "model", "app", "tests", "bench"})) {
    ASSERT_FALSE(file.lines.empty()) << file.path;
    EXPECT_EQ(file.lines[0], "// SPDX-License-Identifier: Apache-2.0") << file.path;
    if (file.path.ends_with(".hpp")) {
      ASSERT_GT(file.lines.size(), 2U) << file.path;
      EXPECT_TRUE(file.lines[2].starts_with("// ")) << file.path << " does not say what it is for";
    }
  }
}

// A kind that nobody writes is a promise in every report that nothing keeps.
TEST(Structure, every_kind_of_record_is_written_by_somebody) {
  const std::regex definition("constexpr RecordKind (\\w+)\\{");
  const std::regex opening("^namespace (?:\\w+::)*(\\w+Record) ");
  std::string code;
  std::vector<std::string> kinds;
  for (const SourceFile& file : source_files({"sim", "model"})) {
    const bool only_reads = file.path.starts_with("model/guarantees/");
    std::string space;
    for (const std::string& line : file.lines) {
      std::smatch match;
      if (line.find("Record") == std::string::npos) continue;
      if (std::regex_search(line, match, opening)) space = match[1];
      if (std::regex_search(line, match, definition)) {
        kinds.push_back(space + "::" + match[1].str());
      } else if (!only_reads) {
        code += line + '\n';
      }
    }
  }
  ASSERT_GT(kinds.size(), 120U);
  for (const std::string& kind : kinds) EXPECT_TRUE(names_word(code, kind)) << kind;
}

TEST(Structure, files_stay_short_enough_to_be_read) {
  constexpr std::size_t kLongest = 500;
  for (const SourceFile& file : source_files({"sim", "model", "app"}))
    EXPECT_LE(file.lines.size(), kLongest) << file.path;
}
