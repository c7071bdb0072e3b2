package exchange

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"

	"tongbu/internal/fault"
	"tongbu/internal/pages"
	"tongbu/internal/schema"
	"tongbu/node/people"
	"tongbu/node/uploads"
	"tongbu/node/web/visit"
)

// kindChoice is a kind that a file may be of.
type kindChoice struct {
	Name, Label string
	Chosen      bool
}

// fileRow is a file that was brought before.
type fileRow struct {
	Href, Name, At, State string
}

type importPage struct {
	Tab   string
	Kinds []kindChoice
	Files []fileRow
	Error string
	May   bool // bring a file
	Most  int  // MB
	Rows  int
}

func (r *room) showImport(v *visit.Visit) error { return r.importPage(v, http.StatusOK, "", "") }

func (r *room) importPage(v *visit.Visit, status int, kind, why string) error {
	page := importPage{Tab: "import", Error: why, May: v.Who.Role.May(people.Write), Most: uploads.MaxFile >> 20, Rows: maxRows}
	for _, k := range r.kinds() {
		page.Kinds = append(page.Kinds, kindChoice{k.Name, k.Label.In(string(v.Lang)), k.Name == kind})
	}
	all, err := r.uploads.List(v.Who.Login)
	if err != nil {
		return err
	}
	for _, f := range all {
		page.Files = append(page.Files, fileRow{"/import/" + f.ID, f.Name, pages.When(v.Lang, f.At, v.Now()), stateOf(v, aboutOf(f))})
	}
	return v.PageAs(status, "exchange", "exchange/import", page)
}

func stateOf(v *visit.Visit, a about) string {
	switch {
	case !a.Done:
		return v.Say("还没导入", "not imported yet")
	case a.Sum.Rejected > 0:
		return fmt.Sprintf(v.Say("没收 %d 行", "%d rows rejected"), a.Sum.Rejected)
	}
	return v.Say("都收了", "all in")
}

// kinds are those that people may bring tables of here.
func (r *room) kinds() (all []*schema.Kind) {
	for _, k := range r.site.Replica.Schema.Kinds() {
		if !k.Withdrawn && r.site.Writes(k) {
			all = append(all, k)
		}
	}
	return all
}

// upload takes a file in and looks through it. It goes on to the page of the file.
func (r *room) upload(v *visit.Visit) error {
	kind, f, err := r.receive(v)
	var large *uploads.TooLargeError
	switch {
	case errors.As(err, &large):
		return r.importPage(v, http.StatusRequestEntityTooLarge, kind, r.tooLarge(v, large.Size))
	case fault.Of(err) == fault.Invalid:
		return r.importPage(v, http.StatusUnprocessableEntity, kind, sentence(v, err))
	case err != nil:
		return err
	}
	leave, err := r.enter(v)
	if err != nil {
		return err
	}
	defer leave()
	a := about{Kind: kind}
	if err := r.look(v, f, &a); err != nil {
		if dropped := r.uploads.Drop(v.Ctx(), f.Owner, f.ID); dropped != nil {
			return dropped
		}
		if fault.Of(err) != fault.Invalid {
			return err
		}
		return r.importPage(v, http.StatusUnprocessableEntity, kind, sentence(v, err)+v.Say("。什么都没有写入。", ". Nothing was written."))
	}
	return v.Go("/import/" + f.ID)
}

// tooLarge says how large a file is: the browser has said it, else as much as has come.
func (r *room) tooLarge(v *visit.Visit, size int64) string {
	if rest, err := io.Copy(io.Discard, v.R.Body); err == nil {
		size += rest
	}
	size = max(size, v.R.ContentLength)
	return fmt.Sprintf(v.Say("文件太大：%d MB，一次最多 %d MB。什么都没有写入。", "The file is too large: %d MB, at most %d MB at a time. Nothing was written."), (size+1<<20-1)>>20, uploads.MaxFile>>20)
}

// maxField bounds what stands in the form beside the file, in bytes.
const maxField = 200

// receive reads the form as it comes: a part that is a file goes into the journal piece
// by piece, and never onto the disk as it is.
func (r *room) receive(v *visit.Visit) (kind string, f uploads.File, err error) {
	form, err := v.R.MultipartReader()
	if err != nil {
		return "", f, fault.New(fault.Invalid, "no file was sent").WithHint("choose a file first")
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return kind, f, r.cut(v, f)
		}
		switch part.FormName() {
		case "kind":
			if kind, err = r.readKind(part); err != nil {
				return "", f, err
			}
		case "file":
			if f.ID != "" {
				return kind, f, errors.Join(fault.New(fault.Invalid, "one file at a time; nothing was written"), r.uploads.Drop(v.Ctx(), f.Owner, f.ID))
			}
			if f, err = r.uploads.Keep(v.Ctx(), v.Who.Login, part.FileName(), part); err != nil {
				return kind, uploads.File{}, err
			}
		}
	}
	if f.ID == "" {
		return kind, f, fault.New(fault.Invalid, "no file was sent").WithHint("choose a file first")
	}
	if f.Size == 0 {
		return kind, f, errors.Join(fault.New(fault.Invalid, "the file is empty; nothing was written"), r.uploads.Drop(v.Ctx(), f.Owner, f.ID))
	}
	return kind, f, nil
}

// cut forgets a file behind which the form broke off: whether it is the one that
// somebody meant nobody knows.
func (r *room) cut(v *visit.Visit, f uploads.File) error {
	err := error(fault.New(fault.Invalid, "the file did not come whole; nothing was written").WithHint("send it again"))
	if f.ID != "" {
		err = errors.Join(err, r.uploads.Drop(v.Ctx(), f.Owner, f.ID))
	}
	return err
}

func (r *room) readKind(part *multipart.Part) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(part, maxField))
	if err != nil {
		return "", fault.New(fault.Invalid, "the file did not come whole; nothing was written").WithHint("send it again")
	}
	for _, k := range r.kinds() {
		if string(raw) == k.Name {
			return k.Name, nil
		}
	}
	if len(raw) > 0 {
		return "", fault.New(fault.Invalid, "there is no such kind of record to be imported here")
	}
	return "", nil
}
