"""The simulated classroom: a lesson as a video with its truth, from a seed."""

from adsum_local.sim.plan import SimPlan, SimulationError
from adsum_local.sim.simulate import SimResult, simulate
from adsum_local.sim.truth import TruePerson, Truth, load_truth

__all__ = ["SimPlan", "SimResult", "SimulationError", "TruePerson", "Truth", "load_truth", "simulate"]
