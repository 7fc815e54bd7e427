// SPDX-License-Identifier: Apache-2.0
//
// The tables themselves. Whatever a row claims (an example, a default, a documentation) is tried on
// every row, so that a new row is tested by being there.
#include <array>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "app/scenario/fields.hpp"
#include "app/scenario/load_context.hpp"
#include "app/scenario/loader.hpp"
#include "app/scenario/schema.hpp"
#include "app/scenario/verbs.hpp"
#include "app/scenario/yaml.hpp"

namespace luosim::app {
namespace {

/// One object of each kind, for rows to store into.
struct Objects {
  world::Scenario scenario;
  world::HostSpec host;
  world::KernelSpec kernel;
  world::SubsystemSpec subsystem;
  world::HandlerSpec handler;
  world::KhoClientSpec client;
  world::FileSpec file;
  world::VmSpec vm;
  world::DeviceSpec device;
  world::WorkloadSpec workload;
  world::ActorSpec actor;
  world::FreeSpec free;
  world::ScriptEntry entry;
  world::FaultSpec fault;
  world::OrderSpec order;
  ExpectationGroup expectations;
  world::Expectation expectation;

  Target target_of(const MappingType& type) {
    const std::pair<std::string_view, Target> targets[] = {
        {"scenario", &scenario},
        {"host", &host},
        {"kernel", &kernel},
        {"config", &kernel},
        {"registration", &kernel},
        {"subsystem", &subsystem},
        {"handler", &handler},
        {"client", &client},
        {"file", &file},
        {"VM", &vm},
        {"workload", &workload},
        {"device", &device},
        {"actor", &actor},
        {"repertoire", &free},
        {"entry", &entry},
        {"op", &entry},
        {"fault", &fault},
        {"window", &fault},
        {"part of an order", &order},
        {"expectation", &expectations},
        {"bound", &expectation},
    };
    for (const auto& [name, target] : targets) {
      if (name == type.name) return target;
    }
    ADD_FAILURE() << "no object for " << type.name;
    return &scenario;
  }
};

/// What storing `text` under the row reports, as text.
std::string errors_of_storing(const MappingType& type, const Field& field, std::string_view text,
                              Objects& objects) {
  const YamlResult yaml = read_yaml(text, "row");
  if (!yaml.root) return "not YAML: " + std::string(text);
  const LoadOptions options;
  LoadContext context("row", options);
  field.store(context, field, objects.target_of(type), *yaml.root);
  return render(context.take_diagnostics(), text);
}

template <class Check>
void for_each_row(Check check) {
  for (const MappingType* type : mapping_types()) {
    for (const Field& field : type->fields) {
      SCOPED_TRACE(std::string(type->name) + "." + std::string(field.key));
      check(*type, field);
    }
  }
}

TEST(Fields, EachRowIsDocumentedInOneSentence) {
  for_each_row([](const MappingType& type, const Field& field) {
    EXPECT_FALSE(type.documentation.empty());
    EXPECT_FALSE(field.key.empty());
    ASSERT_FALSE(field.documentation.empty());
    EXPECT_EQ(field.documentation.back() == '.' || field.documentation.back() == ')', true);
    EXPECT_NE(kind_description(field.kind), "");
  });
}

TEST(Fields, EachExampleIsAccepted) {
  for_each_row([](const MappingType& type, const Field& field) {
    const VerbRow* verb = find_verb(field.key);
    const bool takes_nothing = verb != nullptr && verb->maximum == 0;
    EXPECT_EQ(field.example.empty(), takes_nothing);
    Objects objects;
    EXPECT_EQ(errors_of_storing(type, field, field.example, objects), "");
  });
}

TEST(Fields, EachDefaultIsAcceptedAndIsWhatHoldsWithoutIt) {
  Objects stored;
  for_each_row([&](const MappingType& type, const Field& field) {
    if (field.fallback.empty()) return;
    EXPECT_EQ(errors_of_storing(type, field, field.fallback, stored), "");
  });
  const Objects fresh;
  EXPECT_EQ(stored.scenario.protocol, fresh.scenario.protocol);
  EXPECT_EQ(stored.host.memory_bytes, fresh.host.memory_bytes);
  EXPECT_EQ(stored.host.scratch_bytes, fresh.host.scratch_bytes);
  EXPECT_EQ(stored.host.cpus, fresh.host.cpus);
  EXPECT_EQ(stored.host.numa_nodes, fresh.host.numa_nodes);
  EXPECT_EQ(stored.kernel.cmdline, fresh.kernel.cmdline);
  EXPECT_EQ(stored.kernel.sysfs, fresh.kernel.sysfs);
  EXPECT_EQ(stored.kernel.debugfs, fresh.kernel.debugfs);
  EXPECT_EQ(stored.kernel.selftests, fresh.kernel.selftests);
  EXPECT_EQ(stored.kernel.compatible, fresh.kernel.compatible);
  EXPECT_EQ(stored.subsystem.preserves_page, fresh.subsystem.preserves_page);
  EXPECT_EQ(stored.subsystem.preserves_in_freeze, fresh.subsystem.preserves_in_freeze);
  EXPECT_EQ(stored.handler.preserves_page, fresh.handler.preserves_page);
  EXPECT_EQ(stored.handler.preserves_in_freeze, fresh.handler.preserves_in_freeze);
  EXPECT_EQ(stored.client.priority, fresh.client.priority);
  EXPECT_EQ(stored.client.subtrees, fresh.client.subtrees);
  EXPECT_EQ(stored.entry.flags, fresh.entry.flags);
  EXPECT_EQ(stored.file.type, fresh.file.type);
  EXPECT_EQ(stored.file.folio_bytes, fresh.file.folio_bytes);
  EXPECT_EQ(stored.file.hole_bytes, fresh.file.hole_bytes);
  EXPECT_EQ(stored.vm.memory_bytes, fresh.vm.memory_bytes);
  EXPECT_EQ(stored.vm.folio_bytes, fresh.vm.folio_bytes);
  EXPECT_EQ(stored.vm.vcpus, fresh.vm.vcpus);
  EXPECT_EQ(stored.vm.write_every, fresh.vm.write_every);
  EXPECT_EQ(stored.entry.expect.kind, fresh.entry.expect.kind);
  EXPECT_EQ(stored.fault.nth, fresh.fault.nth);
  EXPECT_EQ(stored.fault.times, fresh.fault.times);
  EXPECT_EQ(stored.fault.per_million, fresh.fault.per_million);
}

TEST(Fields, DefaultsOfListsAreWhatTheLoaderFillsIn) {
  const auto loaded = load_scenario("luosim: 1\ntitle: t\n", "a.yaml");
  ASSERT_TRUE(loaded.scenario.has_value());
  Objects stored;
  const MappingType& type = *mapping_types().front();
  for (const std::string_view key : {"kernels", "handlers", "subsystems"}) {
    const Field& field = *find_field(type, key);
    EXPECT_EQ(errors_of_storing(type, field, field.fallback, stored), "");
  }
  ASSERT_EQ(stored.scenario.kernels.size(), loaded.scenario->kernels.size());
  for (std::size_t i = 0; i < stored.scenario.kernels.size(); ++i) {
    EXPECT_EQ(stored.scenario.kernels[i].name, loaded.scenario->kernels[i].name);
    EXPECT_EQ(stored.scenario.kernels[i].version, loaded.scenario->kernels[i].version);
  }
  ASSERT_EQ(stored.scenario.handlers.size(), 1U);
  EXPECT_EQ(stored.scenario.handlers[0].compatible, loaded.scenario->handlers[0].compatible);
}

TEST(Fields, KeysAreUniqueAndRulesNameKeysThatExist) {
  std::set<std::string_view> types;
  for (const MappingType* type : mapping_types()) {
    EXPECT_TRUE(types.insert(type->name).second) << type->name;
    std::set<std::string_view> keys;
    for (const Field& field : type->fields) EXPECT_TRUE(keys.insert(field.key).second) << field.key;
    for (const std::string_view key : type->alternatives) EXPECT_EQ(keys.count(key), 1U) << key;
    for (const std::string_view key : type->bare_word_keys) EXPECT_EQ(keys.count(key), 1U) << key;
  }
}

TEST(Fields, EachVerbHasARowAndAKey) {
  for (int i = 0; i <= static_cast<int>(world::Verb::sleep); ++i) {
    const auto row = std::find_if(kVerbs.begin(), kVerbs.end(), [i](const VerbRow& each) {
      return each.verb == static_cast<world::Verb>(i);
    });
    ASSERT_NE(row, kVerbs.end()) << i;
    EXPECT_EQ(find_verb(row->word), &*row);
  }
}

TEST(Schema, HasEachKeyOfEachTableWithItsDocumentation) {
  const nlohmann::ordered_json schema = scenario_schema();
  for_each_row([&](const MappingType& type, const Field& field) {
    const bool root = &type == mapping_types().front();
    const auto& object = root ? schema : schema.at("definitions").at(std::string(type.name));
    ASSERT_TRUE(object.at("properties").contains(std::string(field.key)));
    const auto& property = object.at("properties").at(std::string(field.key));
    const std::string description = property.at("description").get<std::string>();
    EXPECT_EQ(description.rfind(field.documentation, 0), 0U) << description;
    EXPECT_GT(property.size(), 1U) << "says nothing about the value";
    EXPECT_EQ(object.at("additionalProperties"), false);
  });
}

TEST(Schema, RefersOnlyToWhatItDefines) {
  const nlohmann::ordered_json schema = scenario_schema();
  const std::string text = schema.dump();
  const std::string start = "\"$ref\":\"#/definitions/";
  std::size_t references = 0;
  for (std::size_t at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
    const std::size_t begin = at + start.size();
    const std::string name = text.substr(begin, text.find('"', begin) - begin);
    EXPECT_TRUE(schema.at("definitions").contains(name)) << name;
    ++references;
  }
  EXPECT_GE(references, mapping_types().size() - 1);
  EXPECT_EQ(schema.at("$schema"), "http://json-schema.org/draft-07/schema#");
  EXPECT_EQ(schema.at("required"), (nlohmann::ordered_json{"luosim", "title"}));
  EXPECT_EQ(schema.at("definitions").at("host").at("properties").at("cpus").dump(),
            R"({"description":"Processors. Without it: 8.","anyOf":[{"type":"integer",)"
            R"("minimum":1,"maximum":8192},{"$ref":"#/definitions/parameter"}]})");
}

TEST(Schema, NamesTheProtocolsAndKnobsThatItIsGiven) {
  constexpr std::array<std::string_view, 2> protocols{"luo-v1", "luo-v2"};
  constexpr std::array<std::string_view, 2> correction{"false", "true"};
  const std::array knobs{KnobWords{"abort_kho_on_failed_freeze", correction}};
  LoadOptions options;
  options.protocols = protocols;
  options.knobs = knobs;
  const nlohmann::ordered_json schema = scenario_schema(options);
  EXPECT_EQ(schema.at("properties").at("protocol").at("anyOf").at(0).dump(),
            R"({"enum":["luo-v1","luo-v2"]})");
  const auto& knob_settings = schema.at("properties").at("knobs");
  EXPECT_EQ(knob_settings.at("additionalProperties"), false);
  EXPECT_EQ(
      knob_settings.at("properties").at("abort_kho_on_failed_freeze").at("anyOf").at(0).dump(),
      R"({"enum":["false",false,"true",true]})")
      << "YAML reads the bare word as a boolean";
  EXPECT_FALSE(scenario_schema().at("properties").at("protocol").contains("anyOf"))
      << "without words any is valid";
}

}  // namespace
}  // namespace luosim::app
