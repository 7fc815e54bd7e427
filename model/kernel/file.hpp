// SPDX-License-Identifier: Apache-2.0
//
// Open files of one kernel generation and the descriptors that refer to them. A file's number is
// never used again within a generation, so that "the last reference is gone" stays visible to
// whoever still has the number.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/core/digest.hpp"
#include "sim/core/name.hpp"

namespace luosim::kernel {

/// Number of an open file in its kernel.
struct FileId {
  std::uint32_t index = 0;
  friend constexpr auto operator<=>(const FileId&, const FileId&) = default;
};
inline constexpr FileId kNoFile{0xFFFF'FFFF};

/// A struct file: what kind it is, which object of that kind, and how many refer to it.
struct File {
  sim::Symbol name{};
  std::uint32_t type = 0;        ///< index of a file type, meaning is `fd`'s
  std::uint32_t object = 0;      ///< which object of that type
  std::uint32_t references = 0;  ///< 0: released
  friend bool operator==(const File&, const File&) = default;
};

/// A process' descriptor.
struct Descriptor {
  std::uint32_t process = 0;
  std::int32_t number = 0;
  FileId file{};
  friend auto operator<=>(const Descriptor&, const Descriptor&) = default;
};

class Files {
 public:
  /// Opens a file with one reference, which belongs to the caller.
  FileId open(sim::Symbol name, std::uint32_t type, std::uint32_t object);
  const File& operator[](FileId id) const { return files_[id.index]; }
  bool is_live(FileId id) const { return id != kNoFile && files_[id.index].references > 0; }
  std::size_t size() const { return files_.size(); }
  void rename(FileId id, sim::Symbol name) { files_[id.index].name = name; }

  void get(FileId id) { ++files_[id.index].references; }
  /// Drops a reference; true if it was the last one. Its type hears of that a little later, from
  /// who takes the list of released files.
  bool put(FileId id);
  bool has_released() const { return !released_.empty(); }
  /// The files whose last reference was dropped since the last call, in that order.
  std::vector<FileId> take_released();

  /// The lowest free descriptor of `process`, from 3 on, now refers to `file`, whose reference the
  /// caller gives away. O(log n) unless descriptors were closed before.
  std::int32_t install(std::uint32_t process, FileId file);
  std::optional<FileId> find(std::uint32_t process, std::int32_t number) const;
  /// Takes the descriptor away and returns its file, whose reference the caller gets.
  std::optional<FileId> remove(std::uint32_t process, std::int32_t number);
  const std::vector<Descriptor>& descriptors() const { return descriptors_; }

  void add_to(sim::Hasher& hasher) const;
  friend bool operator==(const Files&, const Files&) = default;

 private:
  std::vector<File> files_;
  std::vector<Descriptor> descriptors_;  // sorted by process and number
  std::vector<FileId> released_;
};

}  // namespace luosim::kernel
