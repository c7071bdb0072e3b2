package disk

import (
	"maps"
	"slices"
)

// Sector is what a disk writes whole or not at all, in bytes.
const Sector = 512

// Disk follows a log: what is certainly on the disk, and what may be.
type Disk struct {
	names   map[string]int // of the files, as the directory was last synced
	files   map[int][]byte // their bytes as they were last synced
	pending []Op           // changes that no sync has made sure of, in order
	current map[string]int // names as the program sees them
}

// NewDisk returns an empty disk.
func NewDisk() *Disk {
	return &Disk{names: map[string]int{}, files: map[int][]byte{}, current: map[string]int{}}
}

// Do takes the next operation of a log. A sync that is not honest changes
// nothing: the disk said that it had written, and had not.
func (d *Disk) Do(op Op, honest bool) {
	switch op.Kind {
	case Create, Rename, Remove:
		applyName(d.current, op)
		d.pending = append(d.pending, op)
	case Write, Truncate:
		d.pending = append(d.pending, op)
	case Sync, SyncDir:
		if honest {
			d.applySync(op)
		}
	}
}

// applySync makes sure of what a sync is about: one file's bytes, or the names.
func (d *Disk) applySync(sync Op) {
	d.pending = slices.DeleteFunc(d.pending, func(op Op) bool {
		switch {
		case sync.Kind == SyncDir && isNaming(op):
			applyName(d.names, op)
		case sync.Kind == Sync && !isNaming(op) && op.File == sync.File:
			d.files[op.File] = applyBytes(d.files[op.File], op)
		default:
			return false
		}
		return true
	})
}

func isNaming(op Op) bool { return op.Kind == Create || op.Kind == Rename || op.Kind == Remove }

func applyName(names map[string]int, op Op) {
	switch op.Kind {
	case Create:
		names[op.Name] = op.File
	case Rename:
		if file, ok := names[op.Name]; ok {
			names[op.To] = file
			delete(names, op.Name)
		}
	case Remove:
		delete(names, op.Name)
	}
}

func applyBytes(b []byte, op Op) []byte {
	if op.Kind == Truncate {
		return resize(b, op.Off)
	}
	return overwrite(b, op.Off, op.Data)
}

// Pending is how many changes a power cut may lose now.
func (d *Disk) Pending() int { return len(d.pending) }

// Image is what a disk holds: the bytes of the files by their names.
type Image map[string][]byte

// Fate says what becomes of the change at a place of the pending ones: of a
// write, sector by sector. Sector -1 asks for what is not a write.
type Fate func(place int, sector int64) bool

// Cut is the disk after a power cut now, when so much of what was not synced
// has reached it.
func (d *Disk) Cut(kept Fate) Image {
	names := make(map[string]int, len(d.names))
	for name, file := range d.names {
		names[name] = file
	}
	files := map[int][]byte{}
	for i, op := range d.pending {
		switch {
		case op.Kind == Write:
			d.writeSectors(files, op, func(sector int64) bool { return kept(i, sector) })
		case !kept(i, -1):
		case isNaming(op):
			applyName(names, op)
		default:
			files[op.File] = applyBytes(d.ownBytes(files, op.File), op)
		}
	}
	image := make(Image, len(names))
	for name, file := range names {
		image[name] = d.ownBytes(files, file)
	}
	return image
}

// ownBytes is a file's bytes, copied before they are changed for the first time.
func (d *Disk) ownBytes(files map[int][]byte, file int) []byte {
	b, ok := files[file]
	if !ok {
		b = slices.Clone(d.files[file])
		files[file] = b
	}
	return b
}

// writeSectors writes those sectors of a write that have reached the disk.
func (d *Disk) writeSectors(files map[int][]byte, op Op, kept func(sector int64) bool) {
	b := d.ownBytes(files, op.File)
	end := op.Off + int64(len(op.Data))
	for at := op.Off; at < end; {
		next := min((at/Sector+1)*Sector, end)
		if kept(at / Sector) {
			b = overwrite(b, at, op.Data[at-op.Off:next-op.Off])
		}
		at = next
	}
	files[op.File] = b
}

// Clone returns a disk that goes its own way from here.
func (d *Disk) Clone() *Disk {
	c := NewDisk()
	maps.Copy(c.names, d.names)
	maps.Copy(c.current, d.current)
	for file, b := range d.files {
		c.files[file] = slices.Clone(b)
	}
	c.pending = slices.Clone(d.pending)
	return c
}
