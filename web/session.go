package web

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

// sessionStore keeps sessions as rows of the service. The browser has a random
// id; the row has its hash, so that reading the database opens no session.
type sessionStore struct {
	svc    *service.Service
	cookie string
	secure bool
}

// The values of a session: its row, and who ends it.
type sessionValue int

const (
	rowValue sessionValue = iota
	actorValue
)

// sessionID is the form of the ids that this program makes.
var sessionID = regexp.MustCompile(`^[A-Z2-7]{26,52}$`)

func newSessionStore(svc *service.Service, secure bool) *sessionStore {
	s := &sessionStore{svc: svc, cookie: "latchkey", secure: secure}
	if secure {
		s.cookie = "__Host-latchkey"
	}
	return s
}

// Get returns the request's session, found once for each request.
func (s *sessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New finds the session of the request's cookie. A visitor's has an id, if the
// cookie has one, and no row.
func (s *sessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.IsNew = true
	session.Options = &sessions.Options{Path: "/", HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode}
	cookie, err := r.Cookie(name)
	if err != nil || !sessionID.MatchString(cookie.Value) {
		return session, nil
	}
	session.ID = cookie.Value
	row, err := s.svc.FindSession(r.Context(), hashSession(session.ID))
	switch {
	case console.CodeOf(err) == console.CodeNotFound:
		return session, nil
	case err != nil:
		return session, err
	}
	session.IsNew = false
	session.Values[rowValue] = row
	return session, nil
}

// Save keeps the session. One without an id gets a fresh one, and a row if it
// has a user; one with a negative age ends.
func (s *sessionStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	row, signedIn := session.Values[rowValue].(console.Session)
	if session.Options.MaxAge < 0 {
		http.SetCookie(w, sessions.NewCookie(session.Name(), "", session.Options))
		if !signedIn {
			return nil
		}
		by, _ := session.Values[actorValue].(console.Principal)
		return s.svc.EndSession(r.Context(), by, row.Hash)
	}
	if session.ID != "" {
		return nil
	}
	session.ID = rand.Text()
	if signedIn {
		row.Hash = hashSession(session.ID)
		started, err := s.svc.StartSession(r.Context(), row)
		if err != nil {
			return err
		}
		session.Values[rowValue] = started
	}
	http.SetCookie(w, sessions.NewCookie(session.Name(), session.ID, session.Options))
	return nil
}

func hashSession(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

const (
	sessionKey = "session"
	actorKey   = "actor"
)

// load finds who asks.
func (s *Server) load(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		session, err := s.sessions.Get(c.Request(), s.sessions.cookie)
		c.Set(sessionKey, session)
		if err != nil {
			return err
		}
		if row, ok := session.Values[rowValue].(console.Session); ok {
			who := from(c).As(row.User)
			who.ProvedAt = row.ProvedAt
			c.Set(actorKey, who)
		}
		return next(c)
	}
}

func sessionOf(c echo.Context) *sessions.Session {
	if session, ok := c.Get(sessionKey).(*sessions.Session); ok {
		return session
	}
	return &sessions.Session{}
}

// rowOf is the session's row, of a person who signed in.
func rowOf(c echo.Context) (console.Session, bool) {
	row, ok := sessionOf(c).Values[rowValue].(console.Session)
	return row, ok
}

// actor is whoever asks; nobody if nobody signed in.
func actor(c echo.Context) console.Principal {
	p, _ := c.Get(actorKey).(console.Principal)
	return p
}

// agentLimit bounds what is kept of a browser's name for itself.
const agentLimit = 300

// from says where a request comes from, whoever asks.
func from(c echo.Context) console.Principal {
	agent := strings.ToValidUTF8(c.Request().UserAgent(), "")
	if len(agent) > agentLimit {
		agent = strings.ToValidUTF8(agent[:agentLimit], "")
	}
	return console.Principal{Address: c.RealIP(), Agent: agent, RequestID: idOf(c), Request: c.Request().Method + " " + c.Path()}
}

// begin signs user in under a fresh session id. The id before it, which
// somebody else may have chosen, is dead afterwards.
func (s *Server) begin(c echo.Context, user console.User, proved bool) error {
	session := sessionOf(c)
	if row, ok := rowOf(c); ok {
		if err := s.svc.EndSession(c.Request().Context(), actor(c), row.Hash); err != nil {
			return err
		}
	}
	origin := from(c)
	session.ID = ""
	row := console.Session{User: user, Address: origin.Address, Agent: origin.Agent}
	if proved {
		row.ProvedAt = s.svc.Now()
	}
	session.Values[rowValue] = row
	return session.Save(c.Request(), c.Response())
}

// renew gives the session a fresh id if do, which moves it from the hash of the
// one that it has to that of the fresh one, succeeds. Its forms stay good.
func (s *Server) renew(c echo.Context, do func(hash, renewed string) error) error {
	session, id := sessionOf(c), rand.Text()
	row, ok := rowOf(c)
	if !ok {
		return console.Unauthenticated()
	}
	if err := do(row.Hash, hashSession(id)); err != nil {
		return err
	}
	session.ID, row.Hash = id, hashSession(id)
	session.Values[rowValue] = row
	http.SetCookie(c.Response(), sessions.NewCookie(session.Name(), session.ID, session.Options))
	return nil
}

// expectForm gives a visitor an id that forms can be bound to.
func (s *Server) expectForm(c echo.Context) error {
	return sessionOf(c).Save(c.Request(), c.Response())
}

// csrf is the token that the session's forms carry; empty without a session.
func (s *Server) csrf(c echo.Context) string {
	if holder := formHolder(c); holder != "" {
		return s.svc.Seal("csrf", holder)
	}
	return ""
}

// formHolder is what forms are bound to: the session, whatever its id becomes, or
// the id of a visitor who has none; empty for who has no id.
func formHolder(c echo.Context) string {
	if row, ok := rowOf(c); ok {
		return string(row.GUID)
	}
	return sessionOf(c).ID
}
