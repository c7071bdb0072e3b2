package sheet

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strings"

	"tongbu/internal/fault"
)

// Limits of what a workbook unfolds to, in bytes: its own size says nothing of that.
const (
	maxSheet   = 2 << 30
	maxStrings = 256 << 20
	maxPart    = 32 << 20 // any other part
	maxFold    = 200      // times that a part of above foldFrom may be larger than in the file
	foldFrom   = 64 << 20
	maxToken   = 1 << 20 // what lies between two tags: a cell has 32,767 characters
	maxSheets  = 200
)

// workbook is a file in the format of Excel since 2007.
type workbook struct {
	size    int64 // of the file
	parts   map[string]*zip.File
	strings *texts
	days    []bool // whether a style shows a date
}

func openWorkbook(r io.ReaderAt, size int64) (*File, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the workbook is damaged, or was not copied whole").WithHint("copy it again, or open it in Excel or WPS and save it under another name")
	}
	w := &workbook{size: size, parts: map[string]*zip.File{}}
	for _, part := range z.File {
		name := strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(part.Name, `\`, "/")), "/")
		if folded := part.UncompressedSize64; folded > foldFrom && folded/max(part.CompressedSize64, 1) > maxFold {
			return nil, errBomb
		}
		w.parts[strings.ToLower(name)] = part
	}
	f := &File{Format: XLSX}
	main, err := w.findMain()
	if err != nil {
		return nil, err
	}
	if err := w.readBook(main, f); err != nil {
		return nil, err
	}
	if w.parts["xl/vbaproject.bin"] != nil {
		f.told = append(f.told, fault.New(fault.Invalid, "the workbook has macros: they are not run, its cells are read"))
	}
	return f, nil
}

var errBomb = fault.New(fault.Invalid, "the workbook unfolds to more than can be read").
	WithHint("split it; if it is small, it was made to do harm: do not open it")

// findMain finds the part that lists the sheets, and refuses what is no workbook of
// this format.
func (w *workbook) findMain() (string, error) {
	switch {
	case w.parts["xl/workbook.xml"] != nil:
		return "xl/workbook.xml", nil
	case w.parts["xl/workbook.bin"] != nil:
		return "", fault.New(fault.Invalid, "this is a binary workbook (.xlsb)").WithHint(saveAgain)
	case w.parts["content.xml"] != nil:
		return "", fault.New(fault.Invalid, "this is a workbook of OpenDocument (.ods)").WithHint(saveAgain)
	}
	for name := range w.parts { // some programs name it otherwise
		if strings.HasSuffix(name, "/workbook.xml") {
			return name, nil
		}
	}
	return "", fault.New(fault.Invalid, "this is no Excel workbook, whatever its name says").WithHint(saveAgain)
}

// readBook reads which sheets there are, and where.
func (w *workbook) readBook(main string, f *File) error {
	targets, err := w.readLinks(path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"), path.Dir(main))
	if err != nil {
		return err
	}
	system := since1900
	err = w.tokens(main, maxPart, func(t xml.Token) error {
		tag, ok := t.(xml.StartElement)
		switch {
		case !ok:
		case tag.Name.Local == "workbookPr" && isTrue(attr(tag, "date1904")):
			system = since1904
		case tag.Name.Local == "sheet" && len(f.sources) < maxSheets:
			if part := targets[attrOf(tag, "id")]; w.parts[part] != nil {
				s := &source{name: attr(tag, "name"), hidden: attr(tag, "state") != "" && attr(tag, "state") != "visible"}
				s.each = w.reader(part, s)
				f.sources = append(f.sources, s)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, s := range f.sources {
		s.system = system
	}
	if len(f.sources) == 0 {
		return fault.New(fault.Invalid, "there is no sheet in the workbook").WithHint(saveAgain)
	}
	return w.readShared(path.Dir(main))
}

// readShared reads what all sheets use.
func (w *workbook) readShared(dir string) (err error) {
	if w.strings, err = w.readStrings(path.Join(dir, "sharedstrings.xml")); err != nil {
		return err
	}
	w.days, err = w.readStyles(path.Join(dir, "styles.xml"))
	return err
}

// readLinks reads which part each link of another leads to.
func (w *workbook) readLinks(part, dir string) (map[string]string, error) {
	targets := map[string]string{}
	err := w.tokens(strings.ToLower(part), maxPart, func(t xml.Token) error {
		tag, ok := t.(xml.StartElement)
		if !ok || tag.Name.Local != "Relationship" {
			return nil
		}
		target := strings.ToLower(attr(tag, "Target"))
		if !strings.HasPrefix(target, "/") {
			target = path.Join(dir, target)
		}
		targets[attr(tag, "Id")] = strings.TrimPrefix(path.Clean(target), "/")
		return nil
	})
	return targets, err
}

// tokens reads a part as XML. A part that is not there has none.
func (w *workbook) tokens(part string, limit int64, fn func(xml.Token) error) error {
	entry := w.parts[part]
	if entry == nil {
		return nil
	}
	in, err := entry.Open()
	if err != nil {
		return errDamaged
	}
	defer in.Close() //nolint:errcheck // only read
	return readTokens(&allowance{from: in, left: limit}, fn)
}

var errDamaged = fault.New(fault.Invalid, "a part of the workbook cannot be read").WithHint(saveAgain)

// stop ends a reading without an error.
var errStop = errors.New("enough")

func readTokens(a *allowance, fn func(xml.Token) error) error {
	d := xml.NewDecoder(bufio.NewReaderSize(a, 32<<10))
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errDamaged }
	for {
		a.token = maxToken
		t, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case a.spent || errors.Is(err, errBomb):
			return errBomb
		case err != nil:
			return errDamaged
		}
		if err := fn(t); errors.Is(err, errStop) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// allowance bounds what is read in all, and for one token: the decoder keeps a whole
// text in memory.
type allowance struct {
	from  io.Reader
	left  int64
	token int64
	spent bool
}

// Read implements io.Reader.
func (a *allowance) Read(p []byte) (int, error) {
	if a.left <= 0 || a.token <= 0 {
		a.spent = true
		return 0, errBomb
	}
	n, err := a.from.Read(p[:min(int64(len(p)), a.left)])
	a.left -= int64(n)
	a.token -= int64(n)
	return n, err
}

// attr is an attribute by its name alone; attrOf also one with a prefix.
func attr(tag xml.StartElement, name string) string {
	for _, a := range tag.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

func attrOf(tag xml.StartElement, name string) string {
	for _, a := range tag.Attr {
		if a.Name.Local == name && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}

func isTrue(s string) bool { return s == "1" || s == "true" }
