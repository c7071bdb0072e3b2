package decide

import (
	"time"

	"tongbu/internal/pages"
	"tongbu/node/web/visit"
)

// looking is what a list of what is to be checked says of itself while it is of before:
// looking through all records takes seconds, and nobody waits for a page so long.
type looking struct {
	Since   string // when they were looked through; "": not yet
	Refresh string // the same page, which waits for it; "": the list is of now
}

// found is what is to be checked, at once. Where it is of before, the page asks for itself
// again, and that request looks.
func (r *room) found(v *visit.Visit) ([]judged, looking, error) {
	r.mutex.Lock()
	last := r.review
	r.mutex.Unlock()
	query := v.R.URL.Query()
	if query.Get("refresh") == "1" || last.isGood(r.sent(), r.site.Replica.Now(), keepReview) {
		all, err := r.all(v)
		return all, looking{}, err
	}
	query.Set("refresh", "1")
	return last.what, looking{Since: since(v, last.at), Refresh: v.R.URL.EscapedPath() + "?" + query.Encode()}, nil
}

func since(v *visit.Visit, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return pages.When(v.Lang, at, v.Now())
}
