package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// accessInput is what the boxes of people and scopes may send: what each
// person gains and loses against the state in which the boxes were shown.
type accessInput struct {
	changes []console.AccessChange
	save    bool
}

// accessPeople bounds the rows that a form may have: a page of them.
const accessPeople = 100

func joinBase(places []string) string { return strings.Join(places, " ") }

func readAccessInput(form url.Values) accessInput {
	in := accessInput{save: form.Get("save") != ""}
	people, versions, bases, scopes := form["person"], form["version"], form["base"], form["scope"]
	ticked := map[string]bool{}
	for _, cell := range form["cell"] {
		ticked[cell] = true
	}
	for i := range min(len(people), len(versions), len(bases), accessPeople) {
		guid, ok := console.ParseGUID(people[i])
		version, err := strconv.Atoi(versions[i])
		if !ok || err != nil {
			continue
		}
		change, base := console.AccessChange{User: guid, Version: version}, strings.Fields(bases[i])
		for j, scope := range scopes {
			was, is := slices.Contains(base, strconv.Itoa(j)), ticked[strconv.Itoa(i)+"."+strconv.Itoa(j)]
			switch {
			case is && !was:
				change.Gain = append(change.Gain, scope)
			case was && !is:
				change.Lose = append(change.Lose, scope)
			}
		}
		if len(change.Gain)+len(change.Lose) > 0 {
			in.changes = append(in.changes, change)
		}
	}
	return in
}

// of is the change of one person, if there is one.
func (in accessInput) of(guid console.GUID) (console.AccessChange, bool) {
	at := slices.IndexFunc(in.changes, func(c console.AccessChange) bool { return c.User == guid })
	if at < 0 {
		return console.AccessChange{}, false
	}
	return in.changes[at], true
}

// changeAccess answers POST /people/access: it sums up in words what was
// ticked, and saves it when it is asked to. What somebody else changed
// meanwhile is shown beside it, and nothing is written.
func (s *Server) changeAccess(c echo.Context) error {
	if err := actor(c).Need(console.AccessWrite); err != nil {
		return err
	}
	in := readAccessInput(c.Request().PostForm)
	r, err := s.reviewAccess(c, in)
	if err != nil {
		return err
	}
	if !in.save || len(r.stale) > 0 || len(in.changes) == 0 {
		return s.showAccess(c, r, http.StatusOK)
	}
	_, err = s.svc.ChangeAccess(c.Request().Context(), actor(c), in.changes)
	switch code := console.CodeOf(err); code {
	case "":
		return s.leave(c, r.list.query.on(views.PeoplePath()), console.Notice{Title: "Access saved", Detail: strings.Join(r.sentences, " ")})
	case console.CodeConflict, console.CodeInvalid:
		again, found := s.reviewAccess(c, in)
		if found != nil {
			return found
		}
		if len(again.stale) == 0 {
			again.problem = console.Sentence(err)
		}
		return s.showAccess(c, again, answers[code].status)
	}
	return err
}

// An accessReview is the list with what was ticked, in words.
type accessReview struct {
	list      *peopleList
	sentences []string
	n         int
	// stale are the people whom somebody else changed meanwhile.
	stale   []string
	problem string
}

// reviewAccess compares what was ticked with what is stored. People who are
// not on the page any more join it: nothing that was ticked is lost.
func (s *Server) reviewAccess(c echo.Context, in accessInput) (*accessReview, error) {
	l, err := s.peopleList(c, c.QueryParams())
	if err != nil {
		return nil, err
	}
	l.typed = in
	r := &accessReview{list: l}
	for _, change := range in.changes {
		at := slices.IndexFunc(l.page.Items, func(u console.User) bool { return u.GUID == change.User })
		if at < 0 {
			user, _, err := s.svc.GetUser(c.Request().Context(), actor(c), change.User)
			if console.CodeOf(err) == console.CodeNotFound {
				r.stale = append(r.stale, "Somebody who was on this page was removed meanwhile.")
				continue
			}
			if err != nil {
				return nil, err
			}
			at, l.page.Items = len(l.page.Items), append(l.page.Items, user)
		}
		stale := s.svc.CheckPerson(c.Request().Context(), actor(c), l.page.Items[at], change.Version)
		if stale != nil && console.CodeOf(stale) != console.CodeConflict {
			return nil, stale
		}
		r.judge(l.page.Items[at], change, stale)
	}
	return r, nil
}

// judge puts one person's change into words, and what it is stale by.
func (r *accessReview) judge(user console.User, change console.AccessChange, stale error) {
	switch {
	case user.Role != console.RoleMember:
		r.stale = append(r.stale, user.Name+" is no member any more: scopes are assigned to members only.")
		return
	case !user.Enabled():
		r.stale = append(r.stale, user.Name+" was disabled meanwhile.")
		return
	case stale != nil:
		r.stale = append(r.stale, console.Sentence(stale)+" What you ticked is kept beside what is stored now.")
	}
	gain := slices.DeleteFunc(slices.Clone(change.Gain), func(scope string) bool { return slices.Contains(user.Scopes, scope) })
	lose := slices.DeleteFunc(slices.Clone(change.Lose), func(scope string) bool { return !slices.Contains(user.Scopes, scope) })
	r.n += len(gain) + len(lose)
	if sentence := views.AccessSentence(user.Name, gain, lose); sentence != "" {
		r.sentences = append(r.sentences, sentence)
	}
}

// showAccess shows the list as ticked with what that changes.
func (s *Server) showAccess(c echo.Context, r *accessReview, status int) error {
	p := r.list.props()
	p.Changes, p.N, p.Problem, p.Changed = r.sentences, r.n, r.problem, strings.Join(r.stale, " ")
	if wantsRegion(c.Request()) && !r.list.typed.save {
		return s.show(c, http.StatusOK, views.People(p), views.AccessSummed(p))
	}
	if len(r.stale) > 0 {
		status = http.StatusConflict
	}
	return s.show(c, status, views.People(p), views.AccessAgain(p))
}
