// SPDX-License-Identifier: Apache-2.0
//
// Names that stand for several things: with 1000 copies of it `f` is f-0 ... f-999, and each of
// them can be named too. A copy is told by how its name is written, so that a file can be read and
// its names checked without a list of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "app/scenario/fields.hpp"
#include "app/scenario/node.hpp"

namespace luosim::app {

/// What belongs to something is called like it with one of these behind: files of a VM, the port
/// that a device has to itself, and its virtual functions, which have their number behind that.
inline constexpr std::string_view kMemorySuffix = ".memory";
inline constexpr std::string_view kIommuSuffix = ".iommu";
inline constexpr std::string_view kKvmSuffix = ".kvm";
inline constexpr std::string_view kPortSuffix = ".port";
inline constexpr std::string_view kVirtualFunctionSuffix = ".vf";

/// Copies of one thing.
struct Group {
  std::string_view stem;    ///< `vm` of `vm-3.memory`
  std::string_view suffix;  ///< `.memory`; mostly empty, and without a dash
  std::uint64_t copies = 0;
  Place place;  ///< of the count
};

std::string name_of_copy(const Group& group, std::uint64_t number);
/// Of the longest of these names.
std::size_t bytes_of_names(const Group& group);
/// `one of f-0 to f-999`, for hints.
std::string copies_of(const Group& group);

/// The names must live as long.
class GroupNames {
 public:
  void add(NameTable table, std::string_view name, const Group& group);
  bool empty() const { return groups_.empty(); }

  /// The group that is called `name`, or null.
  const Group* find(NameTable table, std::string_view name) const;
  /// The group whose copies are called like `name`, although it may have fewer; or null.
  const Group* group_like(NameTable table, std::string_view name) const;
  /// The group of which `name` is a copy, or null.
  const Group* group_of(NameTable table, std::string_view name) const;

 private:
  std::map<std::pair<NameTable, std::string_view>, Group> groups_;
};

}  // namespace luosim::app
