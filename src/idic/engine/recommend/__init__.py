"""What each customer may buy again, and what may be new to them, with the facts behind it.

Two lists with two ways to score them; offers, prices, stock and consent are not known here.
"""

from idic.engine.recommend.evaluation import Accuracy, Evaluation, evaluate
from idic.engine.recommend.fitting import fit
from idic.engine.recommend.parameters import Companions, Products, Recommender, Weights
from idic.engine.recommend.prediction import predict

__all__ = [
    "Accuracy",
    "Companions",
    "Evaluation",
    "Products",
    "Recommender",
    "Weights",
    "evaluate",
    "fit",
    "predict",
]
