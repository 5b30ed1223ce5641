def first_output():
    return {}
