package ui

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/a-h/templ"
)

// Markup is HTML that is written piece by piece, for what a page has hundreds of:
// templ takes several times as long for each.
type Markup struct {
	html []byte
	to   io.Writer
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

// escapes are what stands for the bytes that mean something in HTML.
var escapes = [256]string{'&': "&amp;", '\'': "&#39;", '<': "&lt;", '>': "&gt;", '"': "&#34;"}

// Text adds what is data, in an element or in the quotes of an attribute.
func (m *Markup) Text(text string) *Markup {
	from := 0
	for i := range len(text) {
		if escape := escapes[text[i]]; escape != "" {
			m.html = append(append(m.html, text[from:i]...), escape...)
			from = i + 1
		}
	}
	m.html = append(m.html, text[from:]...)
	return m
}

// Time adds a time in a layout of package time, in its own zone.
func (m *Markup) Time(at time.Time, layout string) *Markup {
	m.html = at.AppendFormat(m.html, layout)
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

// Flush writes what was added. What is drawn in parts takes no more room than one.
func (m *Markup) Flush() {
	if m.err == nil {
		_, m.err = m.to.Write(m.html)
	}
	m.html = m.html[:0]
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
		*m = Markup{html: m.html[:0]}
		markups.Put(m)
	}()
	m.to, m.ctx = w, ctx
	draw(m)
	m.Flush()
	return m.err
}
