from django.db import models


class Upload(models.Model):
    file = models.FileField(upload_to='uploads/')
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return self.file.name
