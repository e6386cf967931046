package bench

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestMedianAndSpread(t *testing.T) {
	for _, c := range []struct {
		values         []float64
		median, spread float64
	}{
		{nil, 0, 0},
		{[]float64{3}, 3, 0},
		{[]float64{4, 1}, 2.5, 1.5},
		{[]float64{9, 1, 2}, 2, 1},
		{[]float64{1, 1, 1, 1000}, 1, 0},
	} {
		before := append([]float64(nil), c.values...)
		if m, s := median(c.values), spread(c.values); m != c.median || s != c.spread {
			t.Errorf("%v: median %v, spread %v, want %v, %v", before, m, s, c.median, c.spread)
		}
		for i := range before {
			if before[i] != c.values[i] {
				t.Errorf("%v was reordered", before)
			}
		}
	}
}

// The values of p are worked out by hand, for the last: the ranks of a are 1, 3,
// 3, 5.5, so U = 2.5 where 10 is expected; with the ties the variance is 15.83,
// and (7.5 - 0.5)/3.979 = 1.759 standard deviations have p = 0.0785.
func TestMannWhitney(t *testing.T) {
	for _, c := range []struct {
		a, b []float64
		want float64
	}{
		{nil, []float64{1}, 1},
		{[]float64{1, 2, 3}, []float64{1, 2, 3}, 1},
		{[]float64{5, 5, 5}, []float64{5, 5}, 1},
		{[]float64{1, 2, 3, 4, 5}, []float64{6, 7, 8, 9, 10}, 0.01219},
		{[]float64{1, 2, 2, 3}, []float64{2, 3, 4, 4, 5}, 0.07855},
	} {
		if got := mannWhitney(c.a, c.b); math.Abs(got-c.want) > 0.0002 {
			t.Errorf("%v, %v: p = %.5f, want %.5f", c.a, c.b, got, c.want)
		}
		if got, back := mannWhitney(c.a, c.b), mannWhitney(c.b, c.a); math.Abs(got-back) > 1e-12 {
			t.Errorf("%v, %v: p = %v one way, %v the other", c.a, c.b, got, back)
		}
	}
}

// Two samples of one distribution are told apart about as often as p says.
func TestMannWhitneyCalibrated(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	draw := func() []float64 {
		s := make([]float64, 40)
		for i := range s {
			s[i] = math.Exp(r.NormFloat64())
		}
		return s
	}
	found := 0
	for range 1000 {
		if mannWhitney(draw(), draw()) < 0.05 {
			found++
		}
	}
	if found < 25 || found > 80 {
		t.Errorf("%d of 1000 pairs were told apart at p < 0.05", found)
	}
}
