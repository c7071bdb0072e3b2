package journal

import "tongbu/internal/fault"

// fileEntries is how many values bucketFile has.
const fileEntries = 3

// judge checks the values of a file that walker goes through. Pages come first:
// a damaged page ends the walk, a damaged value is reported at its end.
type judge struct {
	key     [keySize]byte
	file    map[string][]byte                             // entries of bucketFile
	check   func(bucket string, key, stored []byte) error // nil: values cannot be checked
	verdict error
}

// addIdentity collects an entry of bucketFile.
func (j *judge) addIdentity(_ uint32, key, stored []byte) error {
	j.file[string(key)] = stored
	return nil
}

// chooseCheck decides by the buckets, and by what the file says of itself, how
// its values are judged.
func (j *judge) chooseCheck(buckets map[string][]byte) {
	names := bucketNames()
	if _, ok := buckets[legacyMeta]; ok && len(j.file) == 0 {
		names = legacyNames()
	}
	if j.verdict = checkComplete(names, buckets); j.verdict != nil {
		return
	}
	if names[0] == legacyMeta {
		j.check = legacyCheck
		return
	}
	id, err := readIdentity(func(name string) []byte { return j.file[name] })
	if err != nil {
		j.verdict = err
		return
	}
	aead, err := id.unlock(j.key)
	if err != nil {
		j.verdict = err
		return
	}
	j.check = (&box{aead: aead}).checkSeal
}

// legacyCheck judges a value of version 1.
func legacyCheck(bucket string, key, stored []byte) error {
	if bucket == legacyMeta && string(key) == legacyFormat {
		return legacyFile(stored)
	}
	_, err := legacyOpener(bucket, key, stored)
	return err
}

func (j *judge) judgeValue(bucket string, key, stored []byte) error {
	if j.check != nil && j.verdict == nil {
		j.verdict = j.check(bucket, key, stored)
	}
	return nil
}

// checkComplete returns an error unless all buckets are there. When some are
// missing, or there is no bucket at all, the journal has lost a page: a disk
// that loses the last root leaves an older one, above all the empty one. A file
// that has other buckets only is one of another program.
func checkComplete(names []string, buckets map[string][]byte) error {
	var missing []string
	for _, name := range names {
		if _, ok := buckets[name]; !ok {
			missing = append(missing, name)
		}
	}
	switch {
	case len(missing) == 0:
		return nil
	case len(missing) < len(names), len(buckets) == 0:
		return fault.New(fault.Damaged, "the journal has no %s", missing[0])
	}
	return fault.New(fault.Unsupported, "the file has no %s: it is no journal", missing[0])
}
