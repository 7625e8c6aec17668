"""Reading things and their relations together: a small encoder whose upper layers are tuned on annotated abstracts.

Nothing of this ships trained: the weights are made when asked, from a gold standard that lies beside.
"""
