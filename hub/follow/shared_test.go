package follow_test

import (
	"testing"
	"testing/synctest"

	"tongbu/hub/follow"
	"tongbu/internal/test/kit"
)

// TestOpenedOnce: while the view keeps up it applies what was opened for the
// judge, and opens nothing itself.
func TestOpenedOnce(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		_, stop := s.steady(nil)
		s.say(60) // from here on 20 more are no reason to drop the indexes
		synctest.Wait()
		before := s.view.own
		for range 3 {
			g := s.hold(applying) // what arrives meanwhile comes in portions
			s.say(20)
			synctest.Wait()
			g.open()
			synctest.Wait()
		}
		s.wantAll()
		if s.view.own != before {
			t.Errorf("%d changes were opened once more for the view", s.view.own-before)
		}
		s.wantStopped(stop)
	})
}

// TestBackPressure: a view that is slow and applying holds the judge up, so that
// no more than a bound waits for it.
func TestBackPressure(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		f, stop := s.steady(nil)
		g := s.hold(applying)
		before := s.judge.cursor()
		s.say(60)
		synctest.Wait()
		if n := f.Waiting(); n < follow.AppliedAtOnce || n >= follow.AppliedAtOnce+follow.JudgedAtOnce {
			t.Errorf("%d changes wait for the view, want %d and less than a portion more", n, follow.AppliedAtOnce)
		}
		// One portion is applied, one is read ahead, some wait, one has just been judged.
		judged := int(s.judge.cursor() - before)
		if most := 3*follow.AppliedAtOnce + 2*follow.JudgedAtOnce; judged > most || judged < follow.AppliedAtOnce {
			t.Errorf("%d changes are judged while the view stands, want at most %d", judged, most)
		}
		g.open()
		synctest.Wait()
		s.wantAll()
		if n := f.Waiting(); n != 0 {
			t.Errorf("%d changes wait in the end", n)
		}
		s.wantStopped(stop)
	})
}

// TestUnreadableBatchesWait: batches that hold no changes are bounded too.
func TestUnreadableBatchesWait(t *testing.T) {
	kit.MustBubble(t, func(t *testing.T) {
		s := newScene(t)
		f, stop := s.steady(nil)
		g := s.hold(applying)
		s.say(1)
		for range 60 {
			s.clerk.MustSayRaw(t, s.city, kit.First, []byte("no change"))
		}
		synctest.Wait()
		if n := f.Waiting(); n < follow.AppliedAtOnce || n >= follow.AppliedAtOnce+follow.JudgedAtOnce {
			t.Errorf("%d batches wait for the view, want %d and less than a portion more", n, follow.AppliedAtOnce)
		}
		g.open()
		synctest.Wait()
		s.wantAll()
		s.wantStopped(stop)
	})
}

// TestTheJudgeGoesOn: a view at long work holds nobody up, and catches up after
// it.
func TestTheJudgeGoesOn(t *testing.T) {
	for name, test := range map[string]struct {
		step  string
		begin func(*scene, *follow.Follower)
	}{
		"a rebuild": {dropping, func(_ *scene, f *follow.Follower) { f.Rebuild() }},
		"a rebuild of a damaged view": {dropping, func(s *scene, _ *follow.Follower) {
			s.view.spoilt = true
			s.say(1)
		}},
		"another tree": {treeing, func(s *scene, f *follow.Follower) { f.Retree(s.city.Members.Tree()) }},
		"indexes": {resting, func(s *scene, _ *follow.Follower) {
			s.view.unsettle()
			s.say(1)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			kit.MustBubble(t, func(t *testing.T) {
				s := newScene(t)
				f, stop := s.steady(nil)
				g := s.hold(test.step)
				test.begin(s, f)
				synctest.Wait()
				s.say(60)
				synctest.Wait()
				s.wantJudged()
				if n := f.Waiting(); n != 0 {
					t.Errorf("%d changes wait for a view that does not want them", n)
				}
				g.open()
				synctest.Wait()
				s.wantAll()
				own := s.view.own
				s.say(20)
				synctest.Wait()
				if s.view.own != own {
					t.Errorf("the view has caught up and opened %d changes once more", s.view.own-own)
				}
				s.wantStopped(stop)
			})
		})
	}
}
