"""Programmes made of parts: classes, an internship that the host attests, stages that count by themselves."""
