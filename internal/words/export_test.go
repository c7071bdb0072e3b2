package words

// Load gives the catalogue's texts as they stand in its files.
func Load() (map[string]string, error) { return load(files) }

// Of makes a catalogue of texts for tests and turns a line with it.
func Of(texts map[string]string, line string) string { return build(texts).line(line, maxParts) }
