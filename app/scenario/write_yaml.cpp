// SPDX-License-Identifier: Apache-2.0
#include "app/scenario/write_yaml.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace luosim::app {

namespace {

constexpr std::size_t kLine = 100;
constexpr std::size_t kStep = 2;

// What every reader of YAML takes for this text and nothing else.
bool is_plain(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  const auto is_harmless = [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '_' || character == '.' ||
           character == '/' || character == '+' || character == ' ' || character == '=' ||
           character == '-';
  };
  if (!std::all_of(text.begin(), text.end(), is_harmless)) return false;
  // A number may be negative; any other dash could begin an item of a list, or a document.
  const bool is_negative = text.size() > 1 && text[1] >= '0' && text[1] <= '9';
  if ((text.front() == '-' && !is_negative) || text.front() == '=') return false;
  return text != "null" && text != "~";
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') result += '\\';
    if (character == '\n') {
      result += "\\n";
    } else if (static_cast<unsigned char>(character) < ' ') {
      result += fmt::format("\\x{:02x}", static_cast<unsigned>(character));
    } else {
      result += character;
    }
  }
  return result + '"';
}

std::string scalar_text(const Node& node) {
  if (node.kind == Node::Kind::null) return "null";
  return node.quoted || !is_plain(node.text) ? quoted(node.text) : node.text;
}

std::string key_text(const std::string& key) {
  return is_plain(key) ? key : quoted(key);
}

std::string flow_text(const Node& node) {
  if (!is_collection(node)) return scalar_text(node);
  std::string text;
  if (node.kind == Node::Kind::sequence) {
    for (const Node& item : node.items) text += (text.empty() ? "" : ", ") + flow_text(item);
    return '[' + text + ']';
  }
  for (const Entry& entry : node.entries)
    text += (text.empty() ? "" : ", ") + key_text(entry.key) + ": " + flow_text(entry.value);
  return text.empty() ? "{}" : "{ " + text + " }";
}

void write_block(const Node& node, std::size_t indent, std::string& output) {
  const std::string margin(indent, ' ');
  const auto write_value = [&](const std::string& head, const Node& value) {
    const std::string flow = flow_text(value);
    if (!is_collection(value) || (indent > 0 && indent + head.size() + flow.size() < kLine) ||
        (value.items.empty() && value.entries.empty())) {
      output += margin + head + ' ' + flow + '\n';
      return;
    }
    output += margin + head + '\n';
    write_block(value, indent + kStep, output);
  };
  for (const Node& item : node.items) {
    const std::string flow = flow_text(item);
    if (indent + flow.size() + kStep < kLine || !is_collection(item)) {
      output += margin + "- " + flow + '\n';
    } else {
      std::string inner;
      write_block(item, indent + kStep, inner);
      inner[indent] = '-';
      output += inner;
    }
  }
  for (const Entry& entry : node.entries) write_value(key_text(entry.key) + ':', entry.value);
}

}  // namespace

std::string write_yaml(const Node& root) {
  std::string output;
  write_block(root, 0, output);
  return output;
}

Node scalar_node(std::string text, bool is_quoted) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.quoted = is_quoted;
  node.text = std::move(text);
  return node;
}

Node sequence_node(std::vector<Node> items) {
  Node node;
  node.kind = Node::Kind::sequence;
  node.items = std::move(items);
  return node;
}

Node mapping_node(std::vector<std::pair<std::string, Node>> entries) {
  Node node;
  node.kind = Node::Kind::mapping;
  for (auto& [key, value] : entries) node.entries.push_back({key, {}, std::move(value)});
  return node;
}

void set_entry(Node& mapping, const std::string& key, Node value) {
  for (Entry& entry : mapping.entries) {
    if (entry.key != key) continue;
    entry.value = std::move(value);
    return;
  }
  mapping.entries.push_back({key, {}, std::move(value)});
}

void remove_entry(Node& mapping, const std::string& key) {
  std::erase_if(mapping.entries, [&](const Entry& entry) { return entry.key == key; });
}

}  // namespace luosim::app
