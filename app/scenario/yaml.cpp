// SPDX-License-Identifier: Apache-2.0
//
// The one file that knows libfyaml. It reads events, not the library's documents: events need no
// memory for what was read already, give byte offsets, and let us stop at a limit.
#include "app/scenario/yaml.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <libfyaml.h>

#include "app/scenario/place_finder.hpp"
#include "app/scenario/text_check.hpp"

namespace luosim::app {
namespace {

struct ParserCloser {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
};
struct DiagnosticsCloser {
  void operator()(fy_diag* diagnostics) const { fy_diag_destroy(diagnostics); }
};
using ParserPointer = std::unique_ptr<fy_parser, ParserCloser>;
using DiagnosticsPointer = std::unique_ptr<fy_diag, DiagnosticsCloser>;

constexpr std::string_view kEscapedQuotes = "''''";  // two of them in single quotes

/// Builds the tree from events and reports what our YAML leaves out.
class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, std::string_view file_name)
      : text_(text), file_name_(file_name), places_(text) {}

  /// False: a limit was reported, read no further.
  bool take(fy_event& event);
  void take_library_error(const fy_diag_error& error);
  void report(Place place, std::string message, std::string hint = {});
  YamlResult result() &&;

 private:
  /// A collection whose end has not come yet.
  struct Open {
    Node node;
    bool in_brackets = false;
    bool awaits_value = false;  // a key was read
    bool drops_value = false;   // that key was refused
    std::string key;
    Place key_place;
  };

  static std::optional<Range> range_of(fy_token* token);
  Place place_here(fy_event& event);
  void refuse_decorations(fy_event& event);
  Node scalar(fy_event& event);
  void take_escaped_quotes(Node& node, std::string_view raw);
  bool open(fy_event& event, Node::Kind kind);
  void close();
  bool attach(Node node);
  void take_key(Open& mapping, Node node);
  void drop_duplicates(Node& mapping);
  bool stop(Place place, std::string message);

  std::string_view text_;
  std::string_view file_name_;
  PlaceFinder places_;
  std::vector<Open> open_;
  std::optional<Node> root_;
  std::vector<Diagnostic> diagnostics_;
  Place last_place_;  // for values that consist of nothing
  std::size_t nodes_ = 0;
  std::size_t documents_ = 0;
  bool failed_ = false;
};

void TreeBuilder::report(Place place, std::string message, std::string hint) {
  if (diagnostics_.size() >= yaml_limits::kDiagnostics) return;
  diagnostics_.push_back({std::string(file_name_), place.line, place.column, place.length,
                          std::move(message), std::move(hint)});
}

bool TreeBuilder::stop(Place place, std::string message) {
  report(place, std::move(message));
  failed_ = true;
  return false;
}

std::optional<Range> TreeBuilder::range_of(fy_token* token) {
  const fy_mark* begin = token == nullptr ? nullptr : fy_token_start_mark(token);
  const fy_mark* end = token == nullptr ? nullptr : fy_token_end_mark(token);
  if (begin == nullptr || end == nullptr) return std::nullopt;
  return Range{begin->input_pos, std::max(begin->input_pos, end->input_pos)};
}

Place TreeBuilder::place_here(fy_event& event) {
  if (const std::optional<Range> range = range_of(fy_event_get_token(&event))) {
    last_place_ = places_.place_of(*range);
    last_place_.length = std::max<std::uint32_t>(last_place_.length, 1);
  }
  return last_place_;
}

void TreeBuilder::refuse_decorations(fy_event& event) {
  if (const std::optional<Range> tag = range_of(fy_event_get_tag_token(&event))) {
    report(places_.place_of(*tag), "tags have no place in a scenario",
           "leave the '!' out, or put the text in quotes");
  }
  if (const std::optional<Range> anchor = range_of(fy_event_get_anchor_token(&event))) {
    // The library's range leaves the sign out, which is what people look for.
    report(places_.place_of({anchor->begin - std::min<std::size_t>(anchor->begin, 1), anchor->end}),
           "anchors have no place in a scenario", "write the value at every place");
  }
}

bool TreeBuilder::take(fy_event& event) {
  switch (event.type) {
    case FYET_DOCUMENT_START:
      if (++documents_ == 1) return true;
      return stop(place_here(event), "a scenario is one document; here a second one begins");
    case FYET_SCALAR:
      refuse_decorations(event);
      return attach(scalar(event));
    case FYET_ALIAS: {
      Node node;
      node.kind = Node::Kind::refused;
      node.place = place_here(event);
      if (node.place.column > 1) {
        --node.place.column;
        ++node.place.length;
      }
      report(node.place, "aliases have no place in a scenario", "write the value at every place");
      return attach(std::move(node));
    }
    case FYET_SEQUENCE_START:
      return open(event, Node::Kind::sequence);
    case FYET_MAPPING_START:
      return open(event, Node::Kind::mapping);
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
      close();
      return true;
    default:
      return true;
  }
}

Node TreeBuilder::scalar(fy_event& event) {
  fy_token* token = event.scalar.value;
  Node node;
  node.place = place_here(event);
  const fy_scalar_style style = fy_scalar_token_get_style(token);
  node.quoted = style != FYSS_PLAIN && style != FYSS_ANY;
  const std::optional<Range> range = range_of(token);
  const bool in_quotes = style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
  std::string_view raw;
  if (range) {
    raw = text_.substr(range->begin, range->end - range->begin);
    const std::size_t quote = in_quotes ? 1 : 0;
    node.place = places_.place_of({range->begin - quote, range->end + quote});
    last_place_ = node.place;
  }
  std::size_t length = 0;
  if (style == FYSS_SINGLE_QUOTED && raw.find(kEscapedQuotes) != std::string_view::npos) {
    take_escaped_quotes(node, raw);
  } else if (const char* value = fy_token_get_text(token, &length)) {
    node.text.assign(value, length);
  }
  node.verbatim = range && raw == node.text && raw.find('\n') == std::string_view::npos;
  const bool nothing = node.text.empty() || node.text == "~" || node.text == "null";
  node.kind = nothing && !node.quoted ? Node::Kind::null : Node::Kind::scalar;
  return node;
}

/// The library (0.7.12) garbles two escaped quotes in a row.
void TreeBuilder::take_escaped_quotes(Node& node, std::string_view raw) {
  if (raw.find('\n') != std::string_view::npos) {
    report(node.place, "such quotes in a row must be on one line", "or use double quotes");
    return;
  }
  for (std::size_t i = 0; i < raw.size(); i += raw[i] == '\'' ? 2U : 1U) node.text += raw[i];
}

bool TreeBuilder::open(fy_event& event, Node::Kind kind) {
  refuse_decorations(event);
  Open collection;
  collection.node.kind = kind;
  collection.node.place = place_here(event);
  collection.in_brackets = fy_event_get_node_style(&event) == FYNS_FLOW;
  if (open_.size() == yaml_limits::kDepth) {
    return stop(collection.node.place,
                fmt::format("lists and mappings are more than {} deep", yaml_limits::kDepth));
  }
  open_.push_back(std::move(collection));
  return true;
}

void TreeBuilder::close() {
  Node node = std::move(open_.back().node);
  open_.pop_back();
  if (node.kind == Node::Kind::mapping) drop_duplicates(node);
  attach(std::move(node));
}

/// Puts a complete node where it belongs: into the innermost open collection.
bool TreeBuilder::attach(Node node) {
  if (++nodes_ > yaml_limits::kNodes) {
    return stop(node.place, fmt::format("the file has more than {} values", yaml_limits::kNodes));
  }
  if (open_.empty()) {
    root_ = std::move(node);
    return true;
  }
  Open& parent = open_.back();
  if (parent.node.kind == Node::Kind::sequence) {
    parent.node.items.push_back(std::move(node));
  } else if (!parent.awaits_value) {
    take_key(parent, std::move(node));
  } else {
    parent.awaits_value = false;
    if (parent.drops_value) return true;
    if (node.kind == Node::Kind::null && node.text.empty()) node.place = parent.key_place;
    parent.node.entries.push_back({std::move(parent.key), parent.key_place, std::move(node)});
  }
  return true;
}

void TreeBuilder::take_key(Open& mapping, Node node) {
  const bool merge = node.kind == Node::Kind::scalar && !node.quoted && node.text == "<<";
  const bool word = node.kind == Node::Kind::scalar && !merge;
  if (merge) {
    report(node.place, "merge keys have no place in a scenario", "write the keys at every place");
  } else if (!word && node.kind != Node::Kind::refused) {
    report(node.place, "a key must be a word");
  }
  if (!mapping.in_brackets && mapping.node.entries.empty()) mapping.node.place = node.place;
  mapping.awaits_value = true;
  mapping.drops_value = !word;
  mapping.node.lost_entries = mapping.node.lost_entries || !word;
  mapping.key = std::move(node.text);
  mapping.key_place = node.place;
}

void TreeBuilder::drop_duplicates(Node& mapping) {
  std::vector<Entry>& entries = mapping.entries;
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&entries](std::size_t left, std::size_t right) {
    return entries[left].key < entries[right].key;
  });
  std::vector<bool> duplicate(entries.size(), false);
  std::size_t first = 0;
  for (std::size_t i = 1; i < order.size(); ++i) {
    const Entry& entry = entries[order[i]];
    if (entry.key != entries[order[first]].key) {
      first = i;
      continue;
    }
    duplicate[order[i]] = true;
    mapping.lost_entries = true;
    report(entry.key_place, "duplicate key " + quoted(entry.key),
           fmt::format("first in line {}", entries[order[first]].key_place.line));
  }
  std::size_t index = 0;
  const auto is_duplicate = [&](const Entry&) { return static_cast<bool>(duplicate[index++]); };
  entries.erase(std::remove_if(entries.begin(), entries.end(), is_duplicate), entries.end());
}

void TreeBuilder::take_library_error(const fy_diag_error& error) {
  failed_ = true;
  const std::optional<Range> range = range_of(error.fyt);
  const Place end = places_.end_of_text();
  Place place = range ? places_.place_of(*range) : end;
  // At the end of a file the bracket that was forgotten says more than the end.
  const bool at_end =
      place.line > end.line || (place.line == end.line && place.column >= end.column);
  if (at_end && !open_.empty() && open_.back().in_brackets) {
    const bool list = open_.back().node.kind == Node::Kind::sequence;
    report(open_.back().node.place, list ? "this '[' is never closed" : "this '{' is never closed");
    return;
  }
  const bool is_placeholder = range && range->begin > 0 && range->begin < text_.size() &&
                              text_.substr(range->begin - 1, 2) == "${";
  report(at_end ? end : place, error.msg == nullptr ? "this is not YAML" : error.msg,
         is_placeholder ? "between brackets, put a value with '${' in quotes" : "");
}

YamlResult TreeBuilder::result() && {
  YamlResult result;
  result.diagnostics = std::move(diagnostics_);
  if (failed_) return result;
  result.root = root_ ? std::move(root_) : Node{};
  return result;
}

DiagnosticsPointer make_diagnostics() {
  fy_diag_cfg config{};
  fy_diag_cfg_default(&config);
  config.fp = nullptr;
  config.output_fn = nullptr;
  config.colorize = false;
  DiagnosticsPointer diagnostics(fy_diag_create(&config));
  if (diagnostics) fy_diag_set_collect_errors(diagnostics.get(), true);
  return diagnostics;
}

ParserPointer make_parser(fy_diag* diagnostics) {
  // The library's flags are an enum whose values are meant to be combined.
  constexpr auto flags = static_cast<fy_parse_cfg_flags>(
      static_cast<unsigned>(FYPCF_QUIET) | static_cast<unsigned>(FYPCF_COLLECT_DIAG) |
      static_cast<unsigned>(FYPCF_DEFAULT_VERSION_1_2) | static_cast<unsigned>(FYPCF_JSON_NONE));
  fy_parse_cfg config{};
  config.flags = flags;
  config.diag = diagnostics;
  return ParserPointer(fy_parser_create(&config));
}

/// True once the library has seen the end of the text; false: it gave up, or a limit was reached.
bool read_events(fy_parser* parser, TreeBuilder& builder) {
  while (fy_event* event = fy_parser_parse(parser)) {
    const bool ended = event->type == FYET_STREAM_END;
    const bool goes_on = builder.take(*event);
    fy_parser_event_free(parser, event);
    if (ended || !goes_on) return true;
  }
  return false;
}

}  // namespace

YamlResult read_yaml(std::string_view text, std::string_view file_name) {
  text = without_byte_order_mark(text);
  if (const std::optional<TextFault> fault = find_text_fault(text)) {
    const Place place = PlaceFinder(text).place_of({fault->offset, fault->offset + fault->length});
    return {std::nullopt,
            {{std::string(file_name), place.line, place.column, place.length, fault->message,
              fault->hint}}};
  }
  TreeBuilder builder(text, file_name);
  if (text.empty()) return std::move(builder).result();
  const DiagnosticsPointer diagnostics = make_diagnostics();
  const ParserPointer parser = diagnostics ? make_parser(diagnostics.get()) : nullptr;
  if (!parser || fy_parser_set_string(parser.get(), text.data(), text.size()) != 0) {
    builder.take_library_error({});
    return std::move(builder).result();
  }
  if (!read_events(parser.get(), builder)) {
    void* position = nullptr;
    const fy_diag_error* error = fy_diag_errors_iterate(diagnostics.get(), &position);
    while (error != nullptr && error->type != FYET_ERROR) {
      error = fy_diag_errors_iterate(diagnostics.get(), &position);
    }
    builder.take_library_error(error == nullptr ? fy_diag_error{} : *error);
  }
  return std::move(builder).result();
}

}  // namespace luosim::app
