// SPDX-License-Identifier: Apache-2.0
#include "app/report/dot.hpp"

#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "app/report/conversation.hpp"

namespace luosim::app {

namespace {

struct Count {
  std::uint64_t times = 0;
  std::uint64_t failed = 0;
};
/// What one party said to another, by what it said.
using Said = std::map<std::string, Count>;

struct Graph {
  std::set<Party> parties;
  std::map<std::pair<Party, Party>, Said> edges;
};

Graph graph_of(const std::vector<Message>& messages) {
  Graph graph;
  for (const Message& message : messages) {
    // An answer belongs to the call that it answers.
    const bool is_answer = message.kind == Message::Kind::answer;
    const bool is_call =
        message.kind == Message::Kind::call || message.kind == Message::Kind::access;
    if (!is_answer && !is_call) continue;
    const Party& from = is_answer ? message.to : message.from;
    const Party& to = is_answer ? message.from : message.to;
    graph.parties.insert({from, to});
    Count& count = graph.edges[{from, to}][message.what];
    if (is_call) ++count.times;
    if (message.status.value_or(0) < 0) ++count.failed;
  }
  return graph;
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') result += '\\';
    result += character;
  }
  return result + '"';
}

std::string node_id(const Party& party) {
  return quoted(fmt::format("{}:{}", static_cast<int>(party.layer), party.name));
}

struct Cluster {
  std::string_view name;
  std::string_view shape;
  PartyLayer first;
  PartyLayer last;
};
constexpr Cluster kClusters[] = {
    {"user space", "ellipse", PartyLayer::actor, PartyLayer::vm},
    {"kernel", "box", PartyLayer::kernel, PartyLayer::participant},
    {"hardware", "component", PartyLayer::device, PartyLayer::memory},
};

std::string nodes_text(const Graph& graph) {
  std::string text;
  for (const Cluster& cluster : kClusters) {
    std::string inner;
    for (const Party& party : graph.parties)
      if (party.layer >= cluster.first && party.layer <= cluster.last)
        inner += fmt::format("    {} [label={}, shape={}];\n", node_id(party), quoted(party.name),
                             cluster.shape);
    if (inner.empty()) continue;
    text +=
        fmt::format("  subgraph {} {{\n    label={};\n{}  }}\n",
                    quoted("cluster_" + std::string(cluster.name)), quoted(cluster.name), inner);
  }
  return text;
}

std::string edge_text(const std::pair<Party, Party>& ends, const Said& said) {
  std::string label;
  bool has_failed = false;
  for (const auto& [what, count] : said) {
    label += fmt::format("{} x{}", what, count.times);
    if (count.failed > 0) label += fmt::format(", {} failed", count.failed);
    label += '\n';
    has_failed |= count.failed > 0;
  }
  // Lines of a label end in \l: to the left.
  std::string lines;
  for (const char character : quoted(label)) {
    if (character == '\n') {
      lines += "\\l";
    } else {
      lines += character;
    }
  }
  return fmt::format("  {} -> {} [label={}{}];\n", node_id(ends.first), node_id(ends.second), lines,
                     has_failed ? ", color=red" : "");
}

}  // namespace

std::string dot_graph(std::span<const sim::Record> records, const world::Blueprint& blueprint,
                      const std::string& title) {
  const Graph graph = graph_of(conversation(records, blueprint));
  std::string text = fmt::format(
      "digraph luosim {{\n  label={};\n  labelloc=t;\n  rankdir=TB;\n  fontname=\"monospace\";\n"
      "  node [fontname=\"monospace\"];\n  edge [fontname=\"monospace\", fontsize=10];\n",
      quoted(title));
  text += nodes_text(graph);
  for (const auto& [ends, said] : graph.edges) text += edge_text(ends, said);
  return text + "}\n";
}

}  // namespace luosim::app
