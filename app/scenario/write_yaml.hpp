// SPDX-License-Identifier: Apache-2.0
//
// Writes what was read from a scenario file, or made like it, as YAML that reads back the same.
#pragma once

#include <string>

#include "app/scenario/node.hpp"

namespace luosim::app {

/// Block style, collections of scalars that fit a line in flow style.
std::string write_yaml(const Node& root);

/// Nodes for who builds a file.
Node scalar_node(std::string text, bool quoted = false);
Node sequence_node(std::vector<Node> items);
Node mapping_node(std::vector<std::pair<std::string, Node>> entries);

/// Puts a value under a key: in the place of the old one, or behind the last.
void set_entry(Node& mapping, const std::string& key, Node value);
void remove_entry(Node& mapping, const std::string& key);

}  // namespace luosim::app
