// SPDX-License-Identifier: Apache-2.0
//
// Makers of rows. A maker ties the kind of a value, its reader and the member it is stored in, so
// that a row of a table cannot promise one thing to the schema and do another in the loader.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "app/scenario/field_readers.hpp"
#include "app/scenario/fields.hpp"
#include "app/scenario/load_context.hpp"
#include "app/scenario/load_mapping.hpp"
#include "app/scenario/model_words.hpp"
#include "app/scenario/node.hpp"

namespace luosim::app {

template <class>
struct MemberOf;
template <class OwnerType, class ValueType>
struct MemberOf<ValueType OwnerType::*> {
  using Owner = OwnerType;
  using Value = ValueType;
};

/// The member of the object that is being loaded.
template <auto Member>
auto& member_of(Target target) {
  return std::get<typename MemberOf<decltype(Member)>::Owner*>(target)->*Member;
}

template <auto Member, auto Read>
void store_member(LoadContext& context, const Field& field, Target target, const Node& node) {
  using Value = typename MemberOf<decltype(Member)>::Value;
  if (auto value = Read(context, field, node)) {
    member_of<Member>(target) = static_cast<Value>(*std::move(value));
  }
}

/// One mapping into one member.
template <auto Member>
void store_mapping(LoadContext& context, const Field& field, Target target, const Node& node) {
  load_mapping(context, *field.nested, &member_of<Member>(target), node);
}

/// One mapping whose keys belong to the object that holds it.
inline void store_into_same(LoadContext& context, const Field& field, Target target,
                            const Node& node) {
  load_mapping(context, *field.nested, target, node);
}

template <class Element>
void remember_place(Element& element, const Place& place) {
  if constexpr (requires { element.place; }) element.place = {place.line, place.column};
}

/// A list of mappings into a vector.
template <auto Member>
void store_list(LoadContext& context, const Field& field, Target target, const Node& node) {
  auto& list = member_of<Member>(target);
  for (const Node& item : read_items(context, field, node)) {
    remember_place(list.emplace_back(), item.place);
    load_mapping(context, *field.nested, &list.back(), item);
  }
}

/// A mapping from names to mappings into a vector of things with a name.
template <auto Member>
void store_named(LoadContext& context, const Field& field, Target target, const Node& node) {
  auto& list = member_of<Member>(target);
  for (const Entry& entry : read_entries(context, field, node)) {
    if (check_name(context, entry.key, entry.key_place)) {
      context.define(field.names, entry.key, entry.key_place);
    } else {
      context.lose_a_name(field.names);
    }
    list.emplace_back().name = entry.key;
    load_mapping(context, *field.nested, &list.back(), entry.value);
  }
}

/// How many copies there are of the object that is being loaded, whose name is in `Member`.
template <auto Member>
void store_copies(LoadContext& context, const Field& field, Target target, const Node& node) {
  const auto copies = read_integer(context, field, node);
  const std::string_view name = member_of<Member>(target);
  const Group group{context.keep(std::string(name)), {}, copies.value_or(1), node.place};
  if (copies && check_copy_names(context, group)) {
    context.define_group(field.names, group.stem, group);
  } else {
    lose_names(context, field);
  }
}

constexpr Field with(Field field, FieldKind kind, StoreFunction store) {
  field.kind = kind;
  field.store = store;
  return field;
}

template <auto Member>
constexpr Field text_field(Field field) {
  return with(field, FieldKind::text, store_member<Member, read_text>);
}
template <auto Member>
constexpr Field name_field(Field field) {
  return with(field, FieldKind::name, store_member<Member, read_name>);
}
template <auto Member>
constexpr Field word_field(Field field) {
  return with(field, FieldKind::word, store_member<Member, read_word>);
}
template <auto Member>
constexpr Field boolean_field(Field field) {
  return with(field, FieldKind::boolean, store_member<Member, read_boolean>);
}
template <auto Member>
constexpr Field integer_field(Field field) {
  return with(field, FieldKind::integer, store_member<Member, read_integer>);
}
template <auto Member>
constexpr Field copies_field(Field field) {
  return with(field, FieldKind::copies, store_copies<Member>);
}
/// The range of the row is that of the size of the number.
template <auto Member>
constexpr Field signed_field(Field field) {
  return with(field, FieldKind::signed_integer, store_member<Member, read_signed>);
}
template <auto Member>
constexpr Field bits_field(Field field) {
  return with(field, FieldKind::bits, store_member<Member, read_bits>);
}
template <auto Member>
constexpr Field protocol_field(Field field) {
  return with(field, FieldKind::protocol, store_member<Member, read_protocol>);
}
template <auto Member>
constexpr Field size_field(Field field) {
  return with(field, FieldKind::size, store_member<Member, read_size>);
}
template <auto Member>
constexpr Field duration_field(Field field) {
  return with(field, FieldKind::duration, store_member<Member, read_duration>);
}
template <auto Member>
constexpr Field time_field(Field field) {
  return with(field, FieldKind::duration, store_member<Member, read_time>);
}
template <auto Member>
constexpr Field percentage_field(Field field) {
  return with(field, FieldKind::percentage, store_member<Member, read_percentage>);
}
template <auto Member>
constexpr Field quantity_field(Field field) {
  return with(field, FieldKind::quantity, store_member<Member, read_quantity>);
}
template <auto Member>
constexpr Field reference_list_field(Field field) {
  return with(field, FieldKind::reference_list, store_member<Member, read_reference_list>);
}
template <auto Member>
constexpr Field mapping_field(Field field) {
  return with(field, FieldKind::mapping, store_mapping<Member>);
}
template <auto Member>
constexpr Field list_field(Field field) {
  return with(field, FieldKind::mapping_list, store_list<Member>);
}
template <auto Member>
constexpr Field named_field(Field field) {
  return with(field, FieldKind::named_mappings, store_named<Member>);
}

}  // namespace luosim::app
