// SPDX-License-Identifier: Apache-2.0
//
// The tree that a scenario file is read into, whatever library reads it. Every key and every value
// knows where it stands, because the loader's only way to be helpful is to point at the place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace luosim::app {

/// A piece of one line of the file, or a value of `--set`, which stands in no line.
struct Place {
  std::uint32_t line = 1;    ///< from 1; 0: not in the file but set
  std::uint32_t column = 1;  ///< in bytes, from 1; where it is set: by which `--set`, from 1
  std::uint32_t length = 1;  ///< in bytes, up to the end of the line; 0: between two bytes

  friend bool operator==(const Place&, const Place&) = default;
};

struct Entry;

/// One value of the file.
struct Node {
  enum class Kind : std::uint8_t {
    null,      ///< nothing, `~` or `null`
    scalar,    ///< `text`
    sequence,  ///< `items`
    mapping,   ///< `entries`, in file order, no key twice
    refused,   ///< stood here, but is outside of our YAML and was reported: say no more about it
  };

  Kind kind = Kind::null;
  bool quoted = false;         ///< scalar: was quoted or a block, so it is never a number
  bool verbatim = false;       ///< scalar: `text` is byte for byte what stands in the file
  bool lost_entries = false;   ///< mapping: some keys were refused and reported
  Place place;                 ///< of a collection: its bracket, its dash or its first key
  std::string text;            ///< scalar: the value after quoting and folding; else empty
  std::vector<Node> items;     ///< sequence: the values; else empty
  std::vector<Entry> entries;  ///< mapping: the pairs; else empty
};

/// One pair of a mapping.
struct Entry {
  std::string key;
  Place key_place;
  Node value;
};

/// A word of a scalar and where it stands.
struct Word {
  std::string_view text;
  Place place;
};

/// The words of a scalar, split at blanks; views of `scalar`.
std::vector<Word> split_words(const Node& scalar);

/// False for null and refused nodes.
bool has_value(const Node& node);
bool is_collection(const Node& node);

/// The pair of `key`, or null.
const Entry* find_entry(const Node& mapping, std::string_view key);

/// Place of the value under `key`; of the mapping, if it has no such key.
Place place_under(const Node& mapping, std::string_view key);

}  // namespace luosim::app
