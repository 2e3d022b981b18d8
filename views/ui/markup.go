package ui

import (
	"context"
	"io"
	"sync"

	"github.com/a-h/templ"
)

// Markup is HTML that is written piece by piece, for what a page has hundreds of:
// templ takes several times as long for each.
type Markup struct {
	html []byte
	// ctx is what components are given that are put into it, err the first that failed.
	ctx context.Context
	err error
}

// A constant is HTML that stands in the program. Other packages can't make one of
// a variable, so that what is data goes through Text.
type constant string

// Add adds HTML.
func (m *Markup) Add(html constant) *Markup {
	m.html = append(m.html, html...)
	return m
}

// Text adds what is data, in an element or in the quotes of an attribute.
func (m *Markup) Text(text string) *Markup {
	from := 0
	for i := range len(text) {
		escape := ""
		switch text[i] {
		case '&':
			escape = "&amp;"
		case '\'':
			escape = "&#39;"
		case '<':
			escape = "&lt;"
		case '>':
			escape = "&gt;"
		case '"':
			escape = "&#34;"
		default:
			continue
		}
		m.html = append(append(m.html, text[from:i]...), escape...)
		from = i + 1
	}
	m.html = append(m.html, text[from:]...)
	return m
}

// Put adds a component.
func (m *Markup) Put(component templ.Component) *Markup {
	if m.err == nil {
		m.err = component.Render(m.ctx, (*rendered)(m))
	}
	return m
}

// rendered is where components write to.
type rendered Markup

func (r *rendered) Write(p []byte) (int, error) {
	r.html = append(r.html, p...)
	return len(p), nil
}

// Draw adds what draw does.
func (m *Markup) Draw(draw Drawing) *Markup {
	draw(m)
	return m
}

// A Drawing is a component that is Markup.
type Drawing func(*Markup)

var markups = sync.Pool{New: func() any { return new(Markup) }}

// Render writes the drawing to w.
func (draw Drawing) Render(ctx context.Context, w io.Writer) error {
	m := markups.Get().(*Markup)
	defer func() {
		m.ctx = nil
		markups.Put(m)
	}()
	m.html, m.ctx, m.err = m.html[:0], ctx, nil
	if draw(m); m.err != nil {
		return m.err
	}
	_, err := w.Write(m.html)
	return err
}
