"""The model card: one page, without a request to anywhere, that says what a version is, how good, and how it came.

content     what stands on it
page        the page, by the template beside it
"""
