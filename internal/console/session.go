package console

import "time"

// Session is one signed-in browser. Its id lives in the browser's cookie only;
// the console keeps its hash.
type Session struct {
	// GUID names the session where it is shown. It opens nothing.
	GUID GUID
	// Hash is the SHA-256 of the id, in hexadecimal.
	Hash string
	User User
	// Opens are the views with which lists of tokens open, where there are any.
	Opens map[ViewPlace]GUID
	// CreatedAt starts the absolute limit, SeenAt the idle one.
	CreatedAt time.Time
	SeenAt    time.Time
	// ProvedAt is when the person last proved who they are.
	ProvedAt time.Time
	Address  string
	Agent    string
	// Notices wait for the next page that is shown.
	Notices []Notice
	// Recorded is how far the audit log had come when the session was read.
	Recorded AuditMark
}

// Notice is a sentence for the next page: what was just done, or why not.
type Notice struct {
	Bad    bool   `json:"bad,omitempty"`
	Title  string `json:"title"`
	Detail string `json:"detail,omitempty"`
}

// SessionLimits are how long a session lasts.
type SessionLimits struct {
	// Idle is the longest pause between two requests.
	Idle time.Duration
	// Absolute is the longest time since signing in.
	Absolute time.Duration
}

// Lives reports whether s is within the limits at now.
func (l SessionLimits) Lives(s Session, now time.Time) bool {
	return now.Before(s.SeenAt.Add(l.Idle)) && now.Before(s.CreatedAt.Add(l.Absolute))
}
