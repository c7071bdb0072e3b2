package journal

import "tongbu/internal/fault"

// fileEntries is how many values bucketFile has.
const fileEntries = 3

// judge judges the values of a file that walker goes through. The pages come
// first: a fault of theirs ends the walk, one of a value is kept for its end.
type judge struct {
	key     [keySize]byte
	file    map[string][]byte                             // entries of bucketFile
	check   func(bucket string, key, stored []byte) error // nil: there is no telling
	verdict error
}

// addIdentity collects an entry of bucketFile.
func (j *judge) addIdentity(_ uint32, key, stored []byte) error {
	j.file[string(key)] = stored
	return nil
}

// chooseCheck decides by the buckets, and by what the file says of itself, how its
// values are judged.
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

// checkComplete wants all buckets. Without some of them, or with none of any name,
// it is a journal that lost a page: a disk that loses the last root leaves an
// older one in its place, the empty one above all. With other names only it is
// a file of another program.
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
