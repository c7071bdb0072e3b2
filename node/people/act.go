package people

import (
	"context"

	"tongbu/internal/fault"
)

// act does what work makes of the book: it is logged, and then on the disk. It returns
// the account that it was about.
func (p *People) act(ctx context.Context, work func(b *book, day string) (next *book, done deed, err error)) (Person, error) {
	end, err := p.begin(ctx)
	if err != nil {
		return Person{}, err
	}
	defer end()
	b, err := p.read()
	if err != nil {
		return Person{}, err
	}
	day, err := p.at.Day()
	if err != nil {
		return Person{}, err
	}
	next, done, err := work(b, day)
	if err != nil {
		return Person{}, err
	}
	if err := p.log(ctx, done); err != nil {
		return Person{}, err
	}
	if err := p.commit(ctx, b, next); err != nil {
		done.outcome = fault.Of(err)
		_ = p.log(context.WithoutCancel(ctx), done) // the caller hears of the first failure
		return Person{}, err
	}
	return p.shown(next, next.accounts[done.of]), nil
}
