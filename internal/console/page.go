package console

import "math"

// Page is one page of a list.
type Page[T any] struct {
	Items []T
	// Offset is how many rows stand before the first item. Between two requests
	// the list may change, so it is for people, not for paging. It is -1 when
	// nobody counted that far.
	Offset int
	// Total counts the matches; Beyond says that there are more than TotalLimit, and
	// Uncounted that they were not counted yet.
	Total int
	// Previous and Next are the cursors of the neighbouring pages, empty at the ends.
	Previous, Next string
}

// TotalLimit bounds the count of a list, so that counting never costs more
// than a page. What is added up as tokens are written is counted however many.
const TotalLimit = 10_000

// Beyond is the total of a list that was counted no further, which no count is.
const Beyond = math.MaxInt

// Counted is the total that a count says which stops just beyond TotalLimit.
func Counted(n int) int {
	if n > TotalLimit {
		return Beyond
	}
	return n
}

// Uncounted is the total of a list whose count would delay the page.
const Uncounted = -1

// PageSizes are the sizes that a person can choose, the default in the middle.
var PageSizes = []int{25, 50, 100}

// DefaultPageSize is the size of a page unless another is asked for.
const DefaultPageSize = 50

// PageRequest says which page of a list is wanted.
type PageRequest struct {
	// Cursor is empty for the first page, else one that an earlier Page gave.
	Cursor string
	// Last asks for the last page, whatever Cursor says.
	Last bool
	// Size is the number of rows, DefaultPageSize if zero.
	Size int
	// Counted asks for the total however long counting takes.
	Counted bool
}

// Rows is the number of rows asked for, within the sizes allowed.
func (r PageRequest) Rows() int {
	if r.Size <= 0 {
		return DefaultPageSize
	}
	return min(r.Size, PageSizes[len(PageSizes)-1])
}
