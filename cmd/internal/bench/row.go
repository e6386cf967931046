package bench

import (
	"slices"
	"time"
)

// row is what a command took.
type row struct {
	table, name string
	samples     []sample
	// instructions are those of user space, by callgrind, of several runs; none
	// where they were not counted.
	instructions []int64
}

// millis is the median of the times, in milliseconds.
func (r row) millis() float64 {
	return r.median(func(s sample) float64 { return millis(s.wall) })
}

// cpu is the median of the processor times, in milliseconds.
func (r row) cpu() float64 {
	return r.median(func(s sample) float64 { return millis(s.cpu) })
}

// ratio is the median of the ratios.
func (r row) ratio() float64 {
	var ratios []float64
	for _, s := range r.samples {
		if s.ratio > 0 {
			ratios = append(ratios, s.ratio)
		}
	}
	return median(ratios)
}

// memory is the largest of all runs, in KB.
func (r row) memory() (most int) {
	for _, s := range r.samples {
		most = max(most, s.memory)
	}
	return most
}

// calls is the mean number of exchanges of a run.
func (r row) calls() float64 {
	sum := 0
	for _, s := range r.samples {
		sum += s.calls
	}
	return float64(sum) / float64(max(len(r.samples), 1))
}

// counted is the least number of instructions, 0 for none.
func (r row) counted() int64 {
	if len(r.instructions) == 0 {
		return 0
	}
	return slices.Min(r.instructions)
}

func (r row) median(of func(sample) float64) float64 {
	values := make([]float64, len(r.samples))
	for i, s := range r.samples {
		values[i] = of(s)
	}
	return median(values)
}

// median returns the median; that of nothing is 0.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(values))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
