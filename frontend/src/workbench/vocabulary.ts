// What conditions may name, as the server tells it (foundation/condition_builder.py). Without one, any name may be typed.

export type AttributeType = "string" | "number" | "boolean" | "list";

/** A value and how it is said. */
export type Choice = [value: string, label: string];

/** `choices` null: any value. `far`: there are choices, too many to come along; the server is asked for them. */
export interface Attribute {
  name: string;
  label: string;
  type: AttributeType | "any";
  required: boolean;
  choices: Choice[] | null;
  far?: boolean;
}

/** `open`: other names than the listed ones may be used too, with any value. */
export interface Vocabulary {
  open: boolean;
  attributes: Attribute[];
}

/** An attribute that nothing is known of. */
const stranger = (name: string): Attribute => ({ name, label: name, type: "any", required: false, choices: null });

/** Undefined where the vocabulary is closed and doesn't have it. */
export const attributeNamed = (vocabulary: Vocabulary, name: string): Attribute | undefined =>
  vocabulary.attributes.find((each) => each.name == name) ?? (vocabulary.open && name ? stranger(name) : undefined);
