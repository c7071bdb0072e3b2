package schema_test

import (
	"testing"

	"tongbu/internal/schema"
)

// MustLoad returns the embedded schema.
func MustLoad(t testing.TB) *schema.Schema {
	t.Helper()
	s, err := schema.Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLoad(t *testing.T) {
	s := MustLoad(t)
	for _, name := range []string{"unit", "household", "person", "notice", "device", "refusal"} {
		k, ok := s.Kind(name)
		if !ok {
			t.Errorf("no kind %s", name)
			continue
		}
		for _, field := range []string{"unit", "valid", "AAE100"} {
			if _, ok := k.Field(field); !ok {
				t.Errorf("%s has no field %s", name, field)
			}
		}
	}
}
