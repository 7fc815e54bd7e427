// SPDX-License-Identifier: Apache-2.0
#include "app/report/mermaid.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "app/report/conversation.hpp"

namespace luosim::app {

namespace {

// How it ends says more than its middle, how it begins more than both.
constexpr std::size_t kLastArrows = 20;

bool is_arrow(const Message& message) {
  return message.kind == Message::Kind::call || message.kind == Message::Kind::answer;
}

// `;` and `#` mean something to Mermaid wherever they stand, and a line end ends the message.
std::string safe(std::string_view text) {
  std::string result;
  for (const char character : text) {
    if (character == ';') {
      result += "#59;";
    } else if (character == '#') {
      result += "#35;";
    } else {
      result += static_cast<unsigned char>(character) < 0x20 ? ' ' : character;
    }
  }
  return result;
}

// In the order in which they stand side by side.
std::vector<Party> parties_of(const std::vector<Message>& messages) {
  std::vector<Party> parties;
  const auto add = [&](const Party& party) {
    if (std::find(parties.begin(), parties.end(), party) == parties.end()) parties.push_back(party);
  };
  for (const Message& message : messages) {
    add(message.from);
    if (is_arrow(message)) add(message.to);
  }
  std::stable_sort(parties.begin(), parties.end(),
                   [](const Party& left, const Party& right) { return left.layer < right.layer; });
  return parties;
}

// The messages that are shown, and in `hidden` how many arrows were left out before `resume`.
struct Selection {
  std::vector<Message> messages;
  std::size_t hidden = 0;
  std::size_t resume = 0;
};

Selection select(const std::vector<Message>& all) {
  const auto arrows = static_cast<std::size_t>(std::count_if(all.begin(), all.end(), is_arrow));
  Selection selection;
  selection.hidden = arrows > kMermaidArrows ? arrows - kMermaidArrows : 0;
  const std::size_t first_hidden = kMermaidArrows - kLastArrows;
  std::size_t arrow = 0;
  for (const Message& message : all) {
    const bool is_hidden =
        selection.hidden > 0 && arrow >= first_hidden && arrow < first_hidden + selection.hidden;
    if (is_arrow(message)) ++arrow;
    if (is_hidden) selection.resume = selection.messages.size();
    // A jump is shown wherever it stands: without it the rest makes no sense.
    if (is_hidden && message.kind != Message::Kind::jump) continue;
    selection.messages.push_back(message);
  }
  return selection;
}

class Diagram {
 public:
  explicit Diagram(std::vector<Party> parties) : parties_(std::move(parties)) {}

  std::string head(const std::string& title) const {
    std::string text = fmt::format("sequenceDiagram\n  title {}\n", safe(title));
    for (const Party& party : parties_) {
      const bool is_person = party.layer == PartyLayer::actor;
      text += fmt::format("  {} {} as {}\n", is_person ? "actor" : "participant", id(party),
                          safe(party.name));
    }
    return text;
  }

  std::string line(const Message& message) const {
    switch (message.kind) {
      case Message::Kind::call: {
        const bool failed = message.status.value_or(0) < 0;
        return fmt::format("  {}{}{}: {}\n", id(message.from), failed ? "-x" : "->>",
                           id(message.to), safe(message.text));
      }
      case Message::Kind::answer:
        return fmt::format("  {}-->>{}: {}\n", id(message.from), id(message.to),
                           safe(message.text));
      case Message::Kind::jump:
        return note_over_all(message.text);
      case Message::Kind::note:
      case Message::Kind::access:
        break;
    }
    return fmt::format("  Note over {}: {}\n", id(message.from), safe(message.text));
  }

  std::string note_over_all(const std::string& text) const {
    const std::string first = id(parties_.front());
    const std::string last = id(parties_.back());
    return first == last ? fmt::format("  Note over {}: {}\n", first, safe(text))
                         : fmt::format("  Note over {},{}: {}\n", first, last, safe(text));
  }

 private:
  // Names of scenarios may have characters that Mermaid takes for its own.
  std::string id(const Party& party) const {
    const auto place = std::find(parties_.begin(), parties_.end(), party);
    return fmt::format("p{}", place - parties_.begin());
  }

  std::vector<Party> parties_;
};

}  // namespace

std::string mermaid_sequence(std::span<const sim::Record> records,
                             const world::Blueprint& blueprint, const std::string& title) {
  std::vector<Message> all = conversation(records, blueprint);
  std::erase_if(all, [](const Message& message) { return message.kind == Message::Kind::access; });
  const Selection selection = select(all);
  if (selection.messages.empty()) return "sequenceDiagram\n  title " + safe(title) + '\n';

  const Diagram diagram(parties_of(selection.messages));
  std::string text = diagram.head(title);
  for (std::size_t place = 0; place < selection.messages.size(); ++place) {
    if (selection.hidden > 0 && place == selection.resume)
      text += diagram.note_over_all(fmt::format("... {} arrows are hidden ...", selection.hidden));
    text += diagram.line(selection.messages[place]);
  }
  return text;
}

}  // namespace luosim::app
