package disk

import "math/rand/v2"

// Effort is how many power cuts are tried at one moment, beside the regular
// ones (nothing lost, all lost, one lost, one kept, each prefix, the last
// write torn).
type Effort struct {
	Subsets int // random sets of changes lost
	Torn    int // random sets of sectors lost
	Most    int // pending changes of which each is lost and kept alone; the rest only by chance
}

// Fates calls fn for what may become of the pending changes. Randomness comes
// from the generator alone.
func (d *Disk) Fates(effort Effort, random *rand.Rand, fn func(Fate)) {
	n := d.Pending()
	fn(func(int, int64) bool { return false })
	if n == 0 {
		return
	}
	fn(func(int, int64) bool { return true })
	for i := max(0, n-effort.Most); i < n; i++ {
		fn(func(place int, _ int64) bool { return place != i })
		fn(func(place int, _ int64) bool { return place == i })
		fn(func(place int, _ int64) bool { return place < i })
	}
	d.tornLast(fn)
	for range effort.Subsets {
		salt := random.Uint64()
		fn(func(place int, _ int64) bool { return coinOf(salt, uint64(place), 0) })
	}
	for range effort.Torn {
		salt := random.Uint64()
		fn(func(place int, sector int64) bool { return coinOf(salt, uint64(place), uint64(sector)) })
	}
}

// tornLast cuts the last change, when it is a write of several sectors, after
// its first sector, before its last, and in the middle from both sides; all
// before it is kept.
func (d *Disk) tornLast(fn func(Fate)) {
	n := d.Pending()
	last := d.pending[n-1]
	first, count := last.Off/Sector, int64(len(last.Data)+Sector-1)/Sector
	if last.Kind != Write || count < 2 {
		return
	}
	for _, keep := range []func(int64) bool{
		func(at int64) bool { return at == 0 },
		func(at int64) bool { return at < count-1 },
		func(at int64) bool { return at < count/2 },
		func(at int64) bool { return at >= count/2 },
	} {
		fn(func(place int, sector int64) bool { return place < n-1 || keep(sector-first) })
	}
}

// coinOf is a coin that always falls the same way for the same arguments.
func coinOf(salt, place, sector uint64) bool {
	x := salt ^ place*0x9e3779b97f4a7c15 ^ sector*0xbf58476d1ce4e5b9
	x ^= x >> 31
	x *= 0x94d049bb133111eb
	x ^= x >> 29
	return x&1 == 1
}
