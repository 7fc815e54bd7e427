// SPDX-License-Identifier: Apache-2.0
#include "app/fuzz/variation.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "app/scenario/write_yaml.hpp"

namespace luosim::app {

namespace {

bool has(const std::vector<Participant>& participants, std::string_view name) {
  return std::any_of(participants.begin(), participants.end(),
                     [name](const Participant& each) { return each.name == name; });
}

// Calls `take` with the list without a chunk, for all chunks, large ones first.
template <class Item, class Take>
void without_chunks(const std::vector<Item>& list, Take&& take) {
  for (std::size_t size = list.size(); size > 0; size /= 2) {
    for (std::size_t begin = 0; begin + size <= list.size(); begin += size) {
      std::vector<Item> rest(list.begin(), std::next(list.begin(), static_cast<long>(begin)));
      rest.insert(rest.end(), std::next(list.begin(), static_cast<long>(begin + size)), list.end());
      take(std::move(rest));
    }
  }
}

void leave_out_participants(const Variation& variation, std::vector<Variation>& result) {
  for (std::size_t index = variation.participants.size(); index-- > 0;) {
    if (variation.participants[index].stays) continue;
    Variation next = variation;
    next.participants.erase(std::next(next.participants.begin(), static_cast<long>(index)));
    forget_who_is_gone(next, variation.participants);
    result.push_back(std::move(next));
  }
}

void simplify(const Variation& variation, std::vector<Variation>& result) {
  for (std::size_t fault = 0; fault < variation.faults.size(); ++fault) {
    if (variation.faults[fault].nth == 1) continue;
    result.push_back(variation);
    --result.back().faults[fault].nth;
  }
  for (std::size_t actor = 0; actor < variation.actors.size(); ++actor) {
    for (std::size_t call = 0; call < variation.actors[actor].script.size(); ++call) {
      if (variation.actors[actor].script[call].after_ns == 0) continue;
      result.push_back(variation);
      result.back().actors[actor].script[call].after_ns = 0;
    }
  }
}

Node call_node(const VariedCall& call) {
  const std::string text = call.argument.empty() ? call.verb : call.verb + ' ' + call.argument;
  std::vector<std::pair<std::string, Node>> entries;
  if (call.after_ns != 0)
    entries.emplace_back("at", scalar_node(fmt::format("+{}ns", call.after_ns)));
  entries.emplace_back("do", scalar_node(text));
  entries.emplace_back("expect", scalar_node("any"));
  return mapping_node(std::move(entries));
}

Node script_node(const VariedActor& actor) {
  std::vector<Node> entries;
  for (const VariedCall& call : actor.script) entries.push_back(call_node(call));
  return sequence_node(std::move(entries));
}

Node fault_node(const VariedFault& fault) {
  const std::string site =
      fault.instance.empty() ? fault.site : fmt::format("{}:{}", fault.site, fault.instance);
  return mapping_node({{"site", scalar_node(site, !fault.instance.empty())},
                       {"nth", scalar_node(std::to_string(fault.nth))},
                       {"errno", scalar_node(fault.errno_word)}});
}

// A key without anything is as good as none.
void set_or_remove(Node& root, const std::string& key, Node value) {
  remove_entry(root, key);
  if (!value.items.empty() || !value.entries.empty()) set_entry(root, key, std::move(value));
}

void set_participants(Node& root, const std::vector<Participant>& participants) {
  Node files = mapping_node({});
  Node handlers = sequence_node({});
  Node subsystems = sequence_node({});
  for (const Participant& each : participants) {
    if (each.kind == Participant::Kind::file) set_entry(files, each.name, each.node);
    if (each.kind == Participant::Kind::handler) handlers.items.push_back(each.node);
    if (each.kind == Participant::Kind::subsystem) subsystems.items.push_back(each.node);
  }
  set_or_remove(root, "handlers", std::move(handlers));
  set_or_remove(root, "subsystems", std::move(subsystems));
  set_or_remove(root, "files", std::move(files));
}

}  // namespace

void forget_who_is_gone(Variation& variation, const std::vector<Participant>& known) {
  std::erase_if(variation.participants, [&](const Participant& each) {
    return !each.handler.empty() && has(known, each.handler) &&
           !has(variation.participants, each.handler);
  });
  const auto is_gone = [&](std::string_view name) {
    return has(known, name) && !has(variation.participants, name);
  };
  for (VariedActor& actor : variation.actors)
    std::erase_if(actor.script, [&](const VariedCall& call) { return is_gone(call.argument); });
  std::erase_if(variation.faults,
                [&](const VariedFault& fault) { return is_gone(fault.instance); });
}

std::vector<Variation> smaller(const Variation& variation) {
  std::vector<Variation> result;
  for (std::size_t actor = variation.actors.size(); actor-- > 0;) {
    without_chunks(variation.actors[actor].script, [&](std::vector<VariedCall> script) {
      result.push_back(variation);
      result.back().actors[actor].script = std::move(script);
    });
  }
  without_chunks(variation.faults, [&](std::vector<VariedFault> faults) {
    result.push_back(variation);
    result.back().faults = std::move(faults);
  });
  without_chunks(variation.knobs, [&](auto knobs) {
    result.push_back(variation);
    result.back().knobs = std::move(knobs);
  });
  leave_out_participants(variation, result);
  simplify(variation, result);
  return result;
}

Node varied(const Node& root, const Variation& variation) {
  Node file = root;
  for (const char* key : {"agent", "actors", "faults", "order", "expect"}) remove_entry(file, key);
  set_participants(file, variation.participants);
  if (!variation.knobs.empty()) {
    const Entry* set = find_entry(file, "knobs");
    Node knobs = set == nullptr ? mapping_node({}) : set->value;
    for (const auto& [name, value] : variation.knobs) set_entry(knobs, name, scalar_node(value));
    set_entry(file, "knobs", std::move(knobs));
  }
  if (!variation.actors.empty()) set_entry(file, "agent", script_node(variation.actors.front()));
  Node others = mapping_node({});
  for (std::size_t actor = 1; actor < variation.actors.size(); ++actor) {
    if (variation.actors[actor].script.empty()) continue;
    set_entry(others, variation.actors[actor].name, script_node(variation.actors[actor]));
  }
  set_or_remove(file, "actors", std::move(others));
  std::vector<Node> rules;
  for (const VariedFault& fault : variation.faults) rules.push_back(fault_node(fault));
  set_or_remove(file, "faults", sequence_node(std::move(rules)));
  return file;
}

}  // namespace luosim::app
