package schema

// What a record says of its subject's status was found once, by the first survey. From
// then on events change it, each with its day, so that what was before stays, and the
// record repeats what is so: then it is marked.

// FromEvents is the name of the mark of a field that an event finds.
func (k *Kind) FromEvents() string { return k.Finds + eventMark }

// eventMark ends the names of such marks.
const eventMark = "_from_events"

// checkFinds checks that an event which changes a field of its subject names one that
// holds what the event says.
func (s *Schema) checkFinds(k *Kind) error {
	if k.Finds == "" {
		return nil
	}
	subject, _ := k.Field(k.Subject)
	of := s.byName[subject.Ref]
	says := k.byAlias[k.GivesFrom]
	if f, ok := of.Field(k.Finds); !ok || f.Name != k.Finds || f.Type != Code || f.Codes != says.Codes {
		return invalid("%s has no field %s with the codes of the status", of.Name, k.Finds)
	}
	if f, ok := of.Field(k.FromEvents()); !ok || f.Type != Boolean {
		return invalid("%s has no boolean field %s", of.Name, k.FromEvents())
	}
	if other := s.FoundBy(of, k.Finds); other != k {
		return invalid("events of the kind %s change %s already", other.Name, k.Finds)
	}
	return nil
}

// FindersOf lists the kinds of events that change a field of a kind.
func (s *Schema) FindersOf(k *Kind) (kinds []*Kind) {
	for _, event := range s.kinds {
		if subject, ok := event.Field(event.Subject); ok && event.Finds != "" && subject.Ref == k.Name {
			kinds = append(kinds, event)
		}
	}
	return kinds
}

// FoundBy is the kind of events by which alone a field changes once a record of the
// kind says it; nil where an edit does.
func (s *Schema) FoundBy(k *Kind, field string) *Kind {
	for _, event := range s.FindersOf(k) {
		if event.Finds == field {
			return event
		}
	}
	return nil
}
