// SPDX-License-Identifier: Apache-2.0
//
// A life of an update is long: calls drawn one by one are nearly all refused. So a script is made
// of pieces, and a piece is a single call or a stretch of the usual way through an update.
#include "app/fuzz/generate.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>
#include <rapidcheck.h>

#include "app/scenario/errno_names.hpp"
#include "app/scenario/write_yaml.hpp"

namespace luosim::app {

namespace {

constexpr std::array<std::string_view, 8> kUsualWay{"preserve", "prepare", "pause",  "freeze",
                                                    "reboot",   "restore", "resume", "finish"};
constexpr std::array<std::string_view, 4> kCallbacks{"prepare", "freeze", "cancel", "finish"};
constexpr std::array<std::string_view, 5> kSizes{"4KiB", "8KiB", "64KiB", "2MiB", "4MiB"};
constexpr std::array<std::string_view, 6> kErrors{"EIO",    "ENOMEM", "EBUSY",
                                                  "EAGAIN", "ENOENT", "EINVAL"};
constexpr std::size_t kLongest = 40;  // entries of a script

// Draws one variation after another decision. RapidCheck's stream is the only source of chance.
class Draw {
 public:
  Draw(const Material& material, const rc::Random& random, int size)
      : material_(material), random_(random), size_(static_cast<std::uint64_t>(size)) {}

  Variation variation() {
    draw_participants();
    for (std::size_t actor = 0; actor < material_.actors.size(); ++actor)
      draw_actor(material_.actors[actor], actor == 0);
    forget_who_is_gone(drawn_, material_.participants);
    if (!material_.sites.empty())
      for (std::uint64_t left = below(material_.faults + 1U); left > 0; --left) draw_fault();
    for (const KnobMaterial& knob : material_.knobs)
      if (chance(5) && !is_set(knob.first)) drawn_.knobs.push_back(knob);
    return std::move(drawn_);
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_.next() % bound; }
  bool chance(std::uint64_t percent) { return below(100) < percent; }
  template <class List>
  const auto& any_of(const List& list) {
    return list[static_cast<std::size_t>(below(list.size()))];
  }

  bool is_set(std::string_view knob) const {
    return std::any_of(drawn_.knobs.begin(), drawn_.knobs.end(),
                       [knob](const KnobMaterial& each) { return each.first == knob; });
  }

  void draw_participants();
  void add_handler();
  void add_subsystem();
  void add_file();
  Node programmable(std::string_view key, const std::string& name);
  std::string unused_name(std::string_view kind) const;
  void draw_actor(const ActorMaterial& actor, bool is_agent);
  void add_call(const VariedOp& op, std::string argument, VariedActor& actor);
  void add_any_call(const VariedOp& op, VariedActor& actor);
  void add_stretch(const ActorMaterial& material, VariedActor& actor);
  std::vector<std::string> arguments_of(const VariedOp& op) const;
  void draw_fault();
  std::string instance_for(std::string_view site);

  const Material& material_;
  rc::Random random_;
  std::uint64_t size_;
  Variation drawn_;
};

void Draw::draw_participants() {
  for (const Participant& each : material_.participants)
    if (each.stays || chance(85)) drawn_.participants.push_back(each);
  // Files whose handler was not drawn would only be refused.
  std::erase_if(drawn_.participants, [&](const Participant& each) {
    return !each.handler.empty() &&
           std::none_of(drawn_.participants.begin(), drawn_.participants.end(),
                        [&](const Participant& other) { return other.name == each.handler; });
  });
  const std::uint64_t most = 1 + size_ / 40;
  if (material_.adds_handlers) {
    for (std::uint64_t left = below(most); left > 0; --left) add_handler();
    for (std::uint64_t left = below(most + 1); left > 0; --left) add_subsystem();
  }
  for (std::uint64_t left = below(most + 1); left > 0; --left) add_file();
}

std::string Draw::unused_name(std::string_view kind) const {
  const auto is_used = [&](const std::vector<Participant>& participants, const std::string& name) {
    return std::any_of(participants.begin(), participants.end(),
                       [&](const Participant& each) { return each.name == name; });
  };
  for (std::uint32_t number = 1;; ++number) {
    std::string name = fmt::format("new-{}-{}", kind, number);
    if (!is_used(drawn_.participants, name) && !is_used(material_.participants, name)) return name;
  }
}

// A participant that preserves pages has all callbacks: without one it could not give them back.
Node Draw::programmable(std::string_view key, const std::string& name) {
  Node node = mapping_node({{std::string(key), scalar_node(name)}});
  if (chance(30)) {
    std::vector<Node> without;
    for (const std::string_view callback : kCallbacks)
      if (chance(30)) without.push_back(scalar_node(std::string(callback)));
    if (!without.empty()) set_entry(node, "without", sequence_node(std::move(without)));
  } else {
    if (chance(40)) set_entry(node, "preserves_page", scalar_node("true"));
    if (chance(20)) set_entry(node, "preserves_in_freeze", scalar_node("true"));
  }
  return node;
}

void Draw::add_handler() {
  const std::string name = unused_name("handler");
  Node node = programmable("compatible", name);
  set_entry(node, "accepts", scalar_node(name));
  drawn_.participants.push_back({Participant::Kind::handler, name, std::move(node), "", false});
}

void Draw::add_subsystem() {
  const std::string name = unused_name("subsystem");
  drawn_.participants.push_back(
      {Participant::Kind::subsystem, name, programmable("name", name), "", false});
}

void Draw::add_file() {
  std::vector<std::string> handlers;
  for (const Participant& each : drawn_.participants)
    if (each.kind == Participant::Kind::handler && each.name.starts_with("new-"))
      handlers.push_back(each.name);
  Node node = mapping_node({{"size", scalar_node(std::string(any_of(kSizes)))}});
  std::string handler;
  if (!handlers.empty() && chance(50)) {
    handler = any_of(handlers);
    node = mapping_node({{"type", scalar_node(handler)}});
  }
  drawn_.participants.push_back(
      {Participant::Kind::file, unused_name("file"), std::move(node), handler, false});
}

std::vector<std::string> Draw::arguments_of(const VariedOp& op) const {
  std::vector<std::string> arguments = op.arguments;
  if (op.names != NameTable::files) return arguments;
  for (const Participant& each : drawn_.participants) {
    const bool is_known =
        std::find(arguments.begin(), arguments.end(), each.name) != arguments.end();
    const bool is_added = each.name.starts_with("new-");
    if (each.kind == Participant::Kind::file && is_added && !is_known)
      arguments.push_back(each.name);
  }
  return arguments;
}

void Draw::add_call(const VariedOp& op, std::string argument, VariedActor& actor) {
  if (actor.script.size() == kLongest) return;
  std::uint64_t after = 0;
  if (chance(20)) {
    after = 100 * (1 + below(9));  // calls take some hundred nanoseconds, a jump a second
    for (std::uint64_t power = below(8); power > 0; --power) after *= 10;
  }
  actor.script.push_back({op.verb, std::move(argument), after});
}

void Draw::add_any_call(const VariedOp& op, VariedActor& actor) {
  const std::vector<std::string> arguments = arguments_of(op);
  if (arguments.empty() && op.names != NameTable::none) return;
  add_call(op, arguments.empty() ? "" : any_of(arguments), actor);
}

void Draw::add_stretch(const ActorMaterial& material, VariedActor& actor) {
  const std::uint64_t begin = below(kUsualWay.size());
  const std::uint64_t end = begin + 1 + below(kUsualWay.size() - begin);
  for (std::uint64_t place = begin; place < end; ++place) {
    for (const VariedOp& op : material.ops) {
      if (op.verb != kUsualWay[static_cast<std::size_t>(place)]) continue;
      if (op.names == NameTable::none) {
        add_any_call(op, actor);
      } else {
        for (std::string& argument : arguments_of(op))
          if (chance(80)) add_call(op, std::move(argument), actor);
      }
    }
  }
}

void Draw::draw_actor(const ActorMaterial& material, bool is_agent) {
  VariedActor actor{material.name, {}};
  const std::uint64_t pieces = is_agent     ? 1 + below(2 + size_ / 12)
                               : chance(40) ? 1 + below(1 + size_ / 25)
                                            : 0;
  for (std::uint64_t piece = 0; piece < pieces && !material.ops.empty(); ++piece) {
    if (chance(40)) {
      add_stretch(material, actor);
    } else {
      add_any_call(any_of(material.ops), actor);
    }
  }
  drawn_.actors.push_back(std::move(actor));
}

std::string Draw::instance_for(std::string_view site) {
  const bool is_file = site.starts_with("luo.file.");
  if (!is_file && !site.starts_with("luo.subsystem.")) return "";
  std::vector<std::string> names;
  for (const Participant& each : drawn_.participants) {
    const bool fits = is_file ? each.kind == Participant::Kind::handler
                              : each.kind == Participant::Kind::subsystem;
    if (fits) names.push_back(each.name);
  }
  return names.empty() ? "" : any_of(names);
}

void Draw::draw_fault() {
  const sim::FaultSite& site = any_of(material_.sites);
  VariedFault fault{std::string(site.name), "", 1 + static_cast<std::uint32_t>(below(4)),
                    std::string(errno_name(-site.value))};
  if (chance(30)) fault.instance = instance_for(site.name);
  const bool answers_anything = site.name.starts_with("luo.file.") ||
                                site.name.starts_with("luo.subsystem.") ||
                                site.name.starts_with("kho.client.");
  if (answers_anything && chance(40)) fault.errno_word = any_of(kErrors);
  drawn_.faults.push_back(std::move(fault));
}

}  // namespace

rc::Gen<Variation> variations(const Material& material) {
  return [material](const rc::Random& random, int size) {
    return rc::shrinkable::shrinkRecur(
        Draw(material, random, size).variation(),
        [](const Variation& variation) { return rc::seq::fromContainer(smaller(variation)); });
  };
}

}  // namespace luosim::app
